/**
 * Failed logins, and how long the next one waits for them.
 *
 * A pair of login and address waits 0, 0, 1, 2, 4, 8, then 15 s. An address waits too when many different logins failed from it: that is guessing, while one
 * phone with an old password behind a company's address is not. A pair that was right lately never waits for its address.
 * Everything is forgotten with time, and the tables are bounded: the least lately used goes first.
 */
import type { Clock } from '#base/clock.ts'

const DELAYS_MS = [0, 0, 1_000, 2_000, 4_000, 8_000, 15_000]
/** Different logins that may fail from an address before all of its logins wait. */
const ADDRESS_GRACE = 10
/** One failure is forgiven after each so long. */
const FORGIVE_MS = 5 * 60_000
const LATELY_MS = 7 * 24 * 3_600_000
/** Logins of a pair that may be under way at once before they count like failures: else any number at once would wait 0. A client that opens many connections has fewer. */
const AT_ONCE = 32
const PAIRS = 50_000
const ADDRESSES = 20_000
/** Remembered of one address, to tell different logins apart. */
const LOGINS_OF_ADDRESS = 64

type Pair = { failures: number; since: number; underWay: number; rightAt: number }
type Address = { failures: number; since: number; logins: Set<string> }

export class Failures {
  readonly #clock: Clock
  readonly #pairs = new Map<string, Pair>()
  readonly #addresses = new Map<string, Address>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** A login is tried: answers how long it waits first. `end` must follow. */
  begin(address: string, login: string): number {
    const pair = this.#pair(address, login)
    const known = this.#clock.now() - pair.rightAt < LATELY_MS
    // Webmail before us may have hundreds of logins of a user under way: as long as they are right, let it.
    const waiting = known && pair.failures === 0 ? 0 : Math.max(0, pair.underWay - AT_ONCE)
    pair.underWay++
    const own = delayFor(pair.failures + waiting)
    if (known) return own
    const among = this.#addresses.get(address)
    if (among === undefined) return own
    this.#forgive(among)
    return Math.max(own, delayFor(among.failures - ADDRESS_GRACE))
  }

  /** null: the secret was never looked at. */
  end(address: string, login: string, success: boolean | null): void {
    const pair = this.#pair(address, login)
    pair.underWay = Math.max(0, pair.underWay - 1)
    if (success === null) return
    const now = this.#clock.now()
    if (success) {
      pair.failures = 0
      pair.rightAt = now
      return
    }
    if (pair.failures === 0) pair.since = now
    pair.failures = Math.min(pair.failures + 1, DELAYS_MS.length - 1)
    this.#countForAddress(address, login)
  }

  #countForAddress(address: string, login: string): void {
    const now = this.#clock.now()
    const among = this.#addresses.get(address) ?? { failures: 0, since: now, logins: new Set<string>() }
    this.#forgive(among)
    if (!among.logins.has(login)) {
      if (among.failures === 0) among.since = now
      among.failures = Math.min(among.failures + 1, ADDRESS_GRACE + DELAYS_MS.length - 1)
      if (among.logins.size >= LOGINS_OF_ADDRESS) among.logins.delete(among.logins.values().next().value!)
      among.logins.add(login)
    }
    touch(this.#addresses, address, among, ADDRESSES)
  }

  #pair(address: string, login: string): Pair {
    const key = `${address}\0${login}`
    const pair = this.#pairs.get(key) ?? { failures: 0, since: 0, underWay: 0, rightAt: Number.NEGATIVE_INFINITY }
    this.#forgive(pair)
    touch(this.#pairs, key, pair, PAIRS)
    return pair
  }

  #forgive(entry: Pair | Address): void {
    const forgiven = Math.floor((this.#clock.now() - entry.since) / FORGIVE_MS)
    if (forgiven <= 0) return
    entry.failures = Math.max(0, entry.failures - forgiven)
    entry.since += forgiven * FORGIVE_MS
    if (entry.failures === 0 && 'logins' in entry) entry.logins.clear()
  }
}

const delayFor = (failures: number): number => DELAYS_MS[Math.min(Math.max(failures, 0), DELAYS_MS.length - 1)]!

/** Puts the entry last, and lets the first go when there are too many. */
function touch<Entry>(entries: Map<string, Entry>, key: string, entry: Entry, most: number): void {
  entries.delete(key)
  entries.set(key, entry)
  if (entries.size > most) entries.delete(entries.keys().next().value!)
}
