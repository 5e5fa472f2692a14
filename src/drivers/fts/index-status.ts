import { join } from 'node:path'
import type { IndexFeed, IndexStatus } from '#ports/search-index.ts'
import { indexedThrough } from './index-writer.ts'
import { accountDir, accountsIn, segmentsIn } from './places.ts'
import { isTrouble } from './search-index.ts'
import { Segment } from './segment.ts'

/** What the index of a data directory holds; for any process, while another one may be at work on it. */
export function indexStatus(root: string, feed: Pick<IndexFeed, 'shards' | 'countAfter'>): IndexStatus {
  const sum = { messages: 0, behind: 0, octets: 0, files: 0 }
  for (let shard = 0; shard < feed.shards; shard++) {
    sum.behind += feed.countAfter(shard, indexedThrough(root, shard))
    for (const account of accountsIn(root, shard)) {
      const directory = accountDir(root, shard, account)
      for (const { name } of segmentsIn(directory).places) {
        try {
          const segment = new Segment(join(directory, name))
          sum.messages += segment.documents
          sum.octets += segment.octets
          sum.files += 1
          segment.close()
        } catch (error) {
          if (!isTrouble(error)) throw error
        }
      }
    }
  }
  return sum
}
