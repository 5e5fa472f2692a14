import type { Clock } from '#base/clock.ts'
import type { Log } from '#base/log.ts'
import type { EmbeddedStore } from '#drivers/embedded/store.ts'

/** How often the store is tidied, milliseconds; the first time soon after the start, when nobody waits for it. */
const INTERVAL_MS = 60 * 60_000
const FIRST_MS = 60_000
/** Expired entries that are forgotten in one commit. */
const PURGE_ENTRIES = 1_000

/** Forgets expunged mail whose time is up, gives back its space and bounds the change log, beside ordinary work. */
export class MaintenanceJob {
  readonly #store: Pick<EmbeddedStore, 'metadata' | 'maintain'>
  readonly #log: Log
  readonly #clock: Clock
  #timer: NodeJS.Timeout
  #running: Promise<void> = Promise.resolve()
  #stopped = false
  keepExpungedMs: number

  constructor(store: Pick<EmbeddedStore, 'metadata' | 'maintain'>, keepExpungedMs: number, log: Log, clock: Clock) {
    this.#store = store
    this.keepExpungedMs = keepExpungedMs
    this.#log = log
    this.#clock = clock
    this.#timer = this.#arm(FIRST_MS)
  }

  /** Resolves when a run that is under way has ended. */
  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    await this.#running
  }

  #arm(ms: number): NodeJS.Timeout {
    return setTimeout(() => {
      this.#running = this.run().finally(() => {
        if (!this.#stopped) this.#timer = this.#arm(INTERVAL_MS)
      })
    }, ms).unref()
  }

  async run(): Promise<void> {
    try {
      let purged = 0
      for (let gone = PURGE_ENTRIES; gone === PURGE_ENTRIES && !this.#stopped; purged += gone) {
        gone = await this.#store.metadata.purgeExpunged(this.#clock.now() - this.keepExpungedMs, PURGE_ENTRIES)
      }
      if (this.#stopped) return
      this.#log.info('store.maintenance', { purged, ...(await this.#store.maintain()) })
    } catch (error) {
      this.#log.error('store.fault', { err: error })
    }
  }
}
