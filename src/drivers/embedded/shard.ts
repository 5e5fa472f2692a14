import { systemClock } from '#base/clock.ts'
import type { ShardPlace } from '../sql/accounts.ts'
import { openSqlite } from '../sql/sqlite.ts'
import { SegmentSink } from './body-sink.ts'
import { metadataPath } from './directory.ts'
import { GroupCommit } from './group-commit.ts'
import { ShardWriter } from './shard-writer.ts'

export type ShardOptions = { readonly segmentOctets?: number | undefined; readonly now?: () => number }

/** Opens one shard for writing. Its directory and schema must be there. */
export function openShardWriter(root: string, place: ShardPlace, options: ShardOptions = {}): { writer: ShardWriter } {
  const now = options.now ?? systemClock.now
  const db = openSqlite(metadataPath(root, place.shard), 'write')
  const sink = new SegmentSink(root, place.shard, db, now, options.segmentOctets)
  return { writer: new ShardWriter(db, new GroupCommit(db, sink, place, now)) }
}
