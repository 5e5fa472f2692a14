import { StoreFault } from '#base/errors.ts'
import type { IndexReport } from '#cli/composition.ts'
import type { Config } from '#config/schema.ts'
import { readLayout } from '#drivers/embedded/directory.ts'
import type { EmbeddedStore } from '#drivers/embedded/store.ts'
import { indexStatus } from '#drivers/fts/index-status.ts'
import { isIndexKept, openIndexWriter } from '#drivers/fts/index-writer.ts'
import { lastRate, noteRate } from '#drivers/fts/rate.ts'
import { askRebuild, isRebuildAsked } from '#drivers/fts/rebuild.ts'
import { Indexing } from '#mail/indexing.ts'
import { withStore } from './open.ts'

/** The search index for verbs. A server may run on the same data. */

export async function indexReport(config: Config): Promise<IndexReport> {
  requireStore(config)
  return withStore(config, async store => reportOf(config.data.dir, store))
}

function reportOf(root: string, { feed }: EmbeddedStore): IndexReport {
  return {
    ...indexStatus(root, feed),
    kept: isIndexKept(root),
    rebuildAsked: isRebuildAsked(root),
    octetsPerSecond: lastRate(root),
  }
}

export async function rebuildIndex(
  config: Config,
  onProgress: (messages: number) => void,
): Promise<IndexReport | null> {
  const root = config.data.dir
  requireStore(config)
  return withStore(config, async store => {
    const writer = openIndexWriter(root, store.feed)
    if (writer === null) {
      askRebuild(root)
      return null
    }
    try {
      writer.clear()
      const indexing = new Indexing(writer, store.feed, store.blobs, { rest: () => undefined, onProgress })
      const since = performance.now()
      await indexing.catchUp()
      await indexing.tidy(false)
      noteRate(root, indexing.octets, performance.now() - since)
    } finally {
      writer.close()
    }
    return reportOf(root, store)
  })
}

/** Opening the store would make one. */
function requireStore({ data }: Config): void {
  if (readLayout(data.dir) === null) throw new StoreFault('missing', 'there is no store in the directory')
}
