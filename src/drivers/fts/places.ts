import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { shardDir } from '../segments/layout.ts'

/** Where an index lies: `shards/NN/search/<account>/<after>-<through>.seg`, what it holds of an account's messages with ids in (after, through]. */

export const searchDir = (root: string, shard: number): string => join(shardDir(root, shard), 'search')
export const accountDir = (root: string, shard: number, account: number): string =>
  join(searchDir(root, shard), String(account))

export type SegmentPlace = { readonly name: string; readonly after: number; readonly through: number }

export const segmentName = (after: number, through: number): string => `${after}-${through}.seg`

/**
 * The segments in a folder, ascending. A segment that lies within another was joined into it, by someone who did not come to removing it:
 * those are in `within`.
 */
export function segmentsIn(directory: string): { readonly places: SegmentPlace[]; readonly within: SegmentPlace[] } {
  const all: SegmentPlace[] = []
  for (const name of filesIn(directory)) {
    const parts = /^(\d{1,15})-(\d{1,15})\.seg$/.exec(name)
    if (parts !== null) all.push({ name, after: Number(parts[1]), through: Number(parts[2]) })
  }
  all.sort((a, b) => a.after - b.after || b.through - a.through)
  const places: SegmentPlace[] = []
  const within: SegmentPlace[] = []
  let through = -1
  for (const place of all) {
    if (place.through <= through) within.push(place)
    else {
      places.push(place)
      through = place.through
    }
  }
  return { places, within }
}

/** Names in a folder; none when there is no such folder. */
export function filesIn(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}

export function accountsIn(root: string, shard: number): number[] {
  return filesIn(searchDir(root, shard))
    .filter(name => /^\d{1,15}$/.test(name))
    .map(Number)
    .sort((a, b) => a - b)
}

/** A file by which whoever does not keep the index asks its keeper to make it anew. */
export const rebuildPath = (root: string): string => join(root, 'search.rebuild')
