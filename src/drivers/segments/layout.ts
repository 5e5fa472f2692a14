import { closeSync, fsyncSync, openSync } from 'node:fs'
import { join } from 'node:path'

/** Where bodies lie, and the ids that name them: '<shard>s<segment>.<offset>' and '<shard>l<file>'. */

export type Place =
  | { readonly kind: 'segment'; readonly shard: number; readonly segment: number; readonly offset: number }
  | { readonly kind: 'large'; readonly shard: number; readonly name: string }

export const segmentRef = (shard: number, segment: number, offset: number): string => `${shard}s${segment}.${offset}`
export const largeRef = (shard: number, name: string): string => `${shard}l${name}`

/** null for what no store of ours wrote; file names made from the answer stay inside the directory. */
export function placeOf(id: string): Place | null {
  const parts = /^(\d{1,4})(?:s(\d{1,15})\.(\d{1,15})|l([0-9a-f]{8,64}))$/.exec(id)
  if (parts === null) return null
  const shard = Number(parts[1])
  if (parts[4] !== undefined) return { kind: 'large', shard, name: parts[4] }
  return { kind: 'segment', shard, segment: Number(parts[2]), offset: Number(parts[3]) }
}

export const stagingDir = (root: string): string => join(root, 'staging')
export const shardDir = (root: string, shard: number): string => join(root, 'shards', String(shard).padStart(2, '0'))
export const segmentsDir = (root: string, shard: number): string => join(shardDir(root, shard), 'segments')
export const largeDir = (root: string, shard: number): string => join(shardDir(root, shard), 'large')

export const segmentFile = (segment: number): string => `${String(segment).padStart(8, '0')}.seg`
export const segmentPath = (root: string, shard: number, segment: number): string =>
  join(segmentsDir(root, shard), segmentFile(segment))
export const largePath = (root: string, shard: number, name: string): string => join(largeDir(root, shard), name)

/** Makes the names in a directory survive a power cut. */
export function syncDirectory(path: string): void {
  const fd = openSync(path, 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}
