/** When credentials were last used: noted in memory, written a moment later and at most once a minute for each, never while a client waits. */
import type { DatabaseSync } from 'node:sqlite'
import type { Clock } from '#base/clock.ts'
import type { Log } from '#base/log.ts'
import { inTransaction, isBusy } from './database.ts'

const AT_MOST_EVERY_MS = 60_000
const SOON_MS = 1_000

export class LastUse {
  readonly #db: DatabaseSync
  readonly #clock: Clock
  readonly #log: Log
  #noted = new Map<string, number>()
  #timer: NodeJS.Timeout | null = null

  constructor(db: DatabaseSync, clock: Clock, log: Log) {
    this.#db = db
    this.#clock = clock
    this.#log = log
  }

  note(credential: string, lastUsedAt: number | null): void {
    const now = this.#clock.now()
    if (lastUsedAt !== null && now - lastUsedAt < AT_MOST_EVERY_MS) return
    this.#noted.set(credential, now)
    this.#timer ??= setTimeout(() => this.write(), SOON_MS).unref()
  }

  close(): void {
    this.write()
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }

  /** Writes what was noted. When somebody else is writing, it is tried again later rather than waited for. */
  write(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    const noted = this.#noted
    if (noted.size === 0) return
    this.#noted = new Map()
    try {
      // Losing a minute of these in a power cut is no loss: no wait for the disk.
      this.#db.exec('PRAGMA busy_timeout = 0; PRAGMA synchronous = NORMAL')
      const update = this.#db.prepare(
        'UPDATE credentials SET last_used_at = max(coalesce(last_used_at, 0), ?) WHERE id = ?',
      )
      inTransaction(this.#db, () => {
        for (const [credential, at] of noted) update.run(at, credential)
      })
    } catch (error) {
      if (!isBusy(error)) this.#log.warn('store.fault', { error })
      else for (const [credential, at] of noted) this.note(credential, at - AT_MOST_EVERY_MS)
    } finally {
      this.#db.exec('PRAGMA busy_timeout = 5000; PRAGMA synchronous = FULL')
    }
  }
}
