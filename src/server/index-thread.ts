import { readlinkSync } from 'node:fs'
import { setPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import { openLog } from '#cli/log.ts'
import { connectStore } from '#drivers/embedded/store.ts'
import { openIndexWriter } from '#drivers/fts/index-writer.ts'
import { forgetRebuild, isRebuildAsked } from '#drivers/fts/rebuild.ts'
import { keepIndex } from './index-job.ts'
import type { IndexThreadData } from './index-keeper.ts'

/** The work thread that keeps the search index. Everybody else comes first. */

/** As nice as can be: it gets what the others leave, and little of what they do not. */
const LOWEST = 19

const { config, store: ports } = workerData as IndexThreadData
const stop = new AbortController()
parentPort!.once('message', () => stop.abort())

stepBack()
const root = config.data.dir
const log = openLog({ level: config.log.level, destination: config.log.destination, thread: -1 })
const store = await connectStore(root, ports)
await keepIndex({
  store,
  openWriter: () => openIndexWriter(root, store.feed),
  rebuildAsked: () => isRebuildAsked(root),
  rebuilt: () => forgetRebuild(root),
  log,
  signal: stop.signal,
})
await store.close()
log.close()
parentPort!.close()

/** On Linux a thread has a priority of its own, under its own number. Elsewhere the thread is as others are. */
function stepBack(): void {
  try {
    const thread = Number(/\d+$/.exec(readlinkSync('/proc/thread-self'))?.[0])
    if (Number.isInteger(thread)) setPriority(thread, LOWEST)
  } catch {
    // There is no such place, or it is not allowed.
  }
}
