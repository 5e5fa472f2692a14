/**
 * Secrets that were right a short while ago, so that a client which comes every minute does not pay for the slow hash each time.
 *
 * Keyed by an HMAC under a key of this process: a dump of the memory gives nothing to log in with. The credential's own proof is part of the key, so a changed
 * password is another entry whoever changed it; that the user and the credential still stand is read from the database at each login.
 */
import { createHmac, randomBytes } from 'node:crypto'
import type { Clock } from '#base/clock.ts'

/** From the hash on, whether used meanwhile or not. */
const KEEP_MS = 5 * 60_000
const ENTRIES = 10_000

export class VerifiedSecrets {
  readonly #key = randomBytes(32)
  readonly #clock: Clock
  readonly #until = new Map<string, number>()
  readonly #checking = new Map<string, Promise<boolean>>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** True when it was right lately; else what `check` says, asked once for all who ask the same at the same time. */
  verify(login: string, secret: string, proof: string, check: () => Promise<boolean>): Promise<boolean> {
    const key = createHmac('sha256', this.#key).update(`${login}\0${proof}\0${secret}`).digest('base64')
    const until = this.#until.get(key)
    if (until !== undefined && until > this.#clock.now()) return Promise.resolve(true)
    const checking = this.#checking.get(key) ?? this.#check(key, check)
    this.#checking.set(key, checking)
    return checking
  }

  async #check(key: string, check: () => Promise<boolean>): Promise<boolean> {
    try {
      const right = await check()
      if (right) this.#keep(key)
      return right
    } finally {
      this.#checking.delete(key)
    }
  }

  #keep(key: string): void {
    // In the order of their ends, so the first ones go first.
    this.#until.delete(key)
    this.#until.set(key, this.#clock.now() + KEEP_MS)
    for (const [oldest, until] of this.#until) {
      if (this.#until.size <= ENTRIES && until > this.#clock.now()) break
      this.#until.delete(oldest)
    }
  }
}
