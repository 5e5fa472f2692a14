import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { StoreFault } from '#base/errors.ts'
import { ioFault } from '../segments/io-fault.ts'
import { largeDir, segmentsDir, shardDir, stagingDir, syncDirectory } from '../segments/layout.ts'
import { migrate } from '../sql/migrations.ts'
import { openSqlite } from '../sql/sqlite.ts'

/** What is decided when a data directory is made and never changes; kept in `store.json`. */
export type Layout = { readonly layout: 1; readonly shards: number }

const MAX_SHARDS = 256

export const metadataPath = (root: string, shard: number): string => join(shardDir(root, shard), 'metadata.sqlite')

/** Opens the data directory, making what is not there and bringing each shard's schema up to date. Safe beside other processes. */
export function openDirectory(root: string, shards = 1): Layout {
  if (!Number.isInteger(shards) || shards < 1 || shards > MAX_SHARDS)
    throw new RangeError(`not a number of shards: ${shards}`)
  try {
    mkdirSync(stagingDir(root), { recursive: true, mode: 0o700 })
    const layout = readLayout(root) ?? writeLayout(root, { layout: 1, shards })
    for (let shard = 0; shard < layout.shards; shard++) {
      mkdirSync(segmentsDir(root, shard), { recursive: true, mode: 0o700 })
      mkdirSync(largeDir(root, shard), { recursive: true, mode: 0o700 })
      const db = openSqlite(metadataPath(root, shard), 'write')
      try {
        migrate(db)
      } finally {
        db.close()
      }
      syncDirectory(shardDir(root, shard))
    }
    syncDirectory(join(root, 'shards'))
    syncDirectory(root)
    return layout
  } catch (error) {
    throw error instanceof Error && 'code' in error ? ioFault(error, 'the data directory') : error
  }
}

/** null when there is no store in the directory. */
export function readLayout(root: string): Layout | null {
  const path = join(root, 'store.json')
  if (!existsSync(path)) return null
  const found = JSON.parse(readFileSync(path, 'utf8')) as { layout?: unknown; shards?: unknown }
  if (found.layout !== 1 || typeof found.shards !== 'number') {
    throw new StoreFault('unavailable', 'the data directory was made by a newer program')
  }
  return { layout: 1, shards: found.shards }
}

function writeLayout(root: string, layout: Layout): Layout {
  const path = join(root, 'store.json')
  const draft = `${path}.${process.pid}`
  const fd = openSync(draft, 'w', 0o600)
  writeSync(fd, `${JSON.stringify(layout)}\n`)
  fsyncSync(fd)
  closeSync(fd)
  renameSync(draft, path)
  return layout
}
