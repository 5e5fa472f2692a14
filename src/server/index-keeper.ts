import { extname } from 'node:path'
import { type MessagePort, Worker } from 'node:worker_threads'
import type { Log } from '#base/log.ts'
import type { Config } from '#config/schema.ts'
import type { WriterSet } from '#drivers/embedded/writers.ts'

export type ToIndexThread = { readonly kind: 'reload'; readonly config: Config } | { readonly kind: 'stop' }
export type IndexThreadData = { readonly config: Config; readonly store: readonly MessagePort[] }

/** How long the thread has to end by itself, milliseconds: it may be in the middle of a file, which is then made again. */
const STOP_MS = 1_000

/** New objects before their garbage is looked for: texts pass through and are kept by none. */
const YOUNG_MIB = 12

/** The main thread's hold on the thread that keeps the search index. Without that thread searches are slower, so its end is no reason for ours. */
export class IndexKeeper {
  readonly #worker: Worker
  #stopping = false

  constructor(config: Config, writers: WriterSet, log: Log) {
    const store = writers.ports()
    // The built program has .js where the sources have .ts.
    const file = new URL(`./index-thread${extname(import.meta.url)}`, import.meta.url)
    this.#worker = new Worker(file, {
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MIB },
      workerData: { config, store } satisfies IndexThreadData,
      transferList: [...store],
      name: 'index',
    })
    this.#worker.on('error', err => log.error('index.fault', { err }))
    this.#worker.on('exit', () => {
      if (!this.#stopping) log.error('index.fault', { why: 'the thread of the index ended' })
    })
  }

  reload(config: Config): void {
    this.#post({ kind: 'reload', config })
  }

  async stop(): Promise<void> {
    this.#stopping = true
    if (this.#worker.threadId === -1) return
    const ended = new Promise<void>(resolve => this.#worker.once('exit', () => resolve()))
    this.#post({ kind: 'stop' })
    const timer = setTimeout(() => void this.#worker.terminate(), STOP_MS)
    await ended
    clearTimeout(timer)
  }

  #post(message: ToIndexThread): void {
    this.#worker.postMessage(message)
  }
}
