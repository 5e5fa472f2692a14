import { readlinkSync } from 'node:fs'
import { setPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import { openLog } from '#cli/log.ts'
import { connectStore } from '#drivers/embedded/store.ts'
import { openIndexWriter } from '#drivers/fts/index-writer.ts'
import { noteRate } from '#drivers/fts/rate.ts'
import { forgetRebuild, isRebuildAsked } from '#drivers/fts/rebuild.ts'
import { keepIndex } from './index-job.ts'
import type { IndexThreadData, ToIndexThread } from './index-keeper.ts'

/** The work thread that keeps the search index. Everybody else comes first. */

/** It gets what the others leave, and where they leave nothing about a tenth of what one of them gets: it must come to an end. */
const NICENESS = 10

const { config, store: ports } = workerData as IndexThreadData
const stop = new AbortController()

stepBack()
const root = config.data.dir
const log = openLog({ level: config.log.level, destination: config.log.destination, thread: -1 })
parentPort!.on('message', (message: ToIndexThread) => {
  if (message.kind === 'stop') stop.abort()
  else {
    log.setLevel(message.config.log.level)
    log.reopen()
  }
})
const store = await connectStore(root, ports)
await keepIndex({
  store,
  openWriter: () => openIndexWriter(root, store.feed),
  rebuildAsked: () => isRebuildAsked(root),
  rebuilt: () => forgetRebuild(root),
  noteRate: (octets, ms) => noteRate(root, octets, ms),
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
    if (Number.isInteger(thread)) setPriority(thread, NICENESS)
  } catch {
    // There is no such place, or it is not allowed.
  }
}
