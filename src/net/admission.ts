/**
 * Who may come in now, for all session threads together.
 *
 *   new MemoryAdmission({ sessionsPerAccount?, sessionsPerAddress?, trusted?, clock? })   in the main thread
 *   serveAdmission(port, admission)      answers one session thread; when that ends, what it held is released
 *   remoteAdmission(port) → Admission    in the session thread
 */
import { isIPv6 } from 'node:net'
import { type Clock, systemClock } from '#base/clock.ts'
import { limits } from '#base/limits.ts'
import type { Admission } from '#ports/admission.ts'
import { Failures } from './failures.ts'

export { remoteAdmission, serveAdmission } from './admission-bridge.ts'

export type AdmissionOptions = {
  readonly sessionsPerAccount?: number
  readonly sessionsPerAddress?: number
  /** Addresses that are neither counted nor delayed: webmail, collectors, a proxy of ours. */
  readonly trusted?: (address: string) => boolean
  readonly clock?: Clock
}

export class MemoryAdmission implements Admission {
  readonly #perAccount: number
  readonly #perAddress: number
  readonly #trusted: (address: string) => boolean
  readonly #failures: Failures
  readonly #addresses = new Counts()
  readonly #logins = new Counts()

  constructor(options: AdmissionOptions = {}) {
    this.#perAccount = options.sessionsPerAccount ?? limits.sessionsPerAccount
    this.#perAddress = options.sessionsPerAddress ?? limits.sessionsPerAddress
    this.#trusted = options.trusted ?? (() => false)
    this.#failures = new Failures(options.clock ?? systemClock)
  }

  async open(address: string): Promise<{ refused: string | null }> {
    if (this.#trusted(address) || this.#addresses.take(networkOf(address), this.#perAddress)) return { refused: null }
    return { refused: `Too many connections from your address, the limit is ${this.#perAddress}` }
  }

  close(address: string): void {
    if (!this.#trusted(address)) this.#addresses.release(networkOf(address))
  }

  async beforeLogin(address: string, login: string): Promise<{ delayMs: number }> {
    return { delayMs: this.#trusted(address) ? 0 : this.#failures.begin(networkOf(address), foldLogin(login)) }
  }

  afterLogin(address: string, login: string, success: boolean | null): void {
    if (!this.#trusted(address)) this.#failures.end(networkOf(address), foldLogin(login), success)
  }

  async enter(login: string): Promise<{ refused: string | null }> {
    if (this.#logins.take(foldLogin(login), this.#perAccount)) return { refused: null }
    return { refused: `Too many sessions of this account, the limit is ${this.#perAccount}` }
  }

  leave(login: string): void {
    this.#logins.release(foldLogin(login))
  }
}

/** Has as many entries as there are connections: bounded by what it counts. */
class Counts {
  readonly #counts = new Map<string, number>()

  take(key: string, limit: number): boolean {
    const count = this.#counts.get(key) ?? 0
    if (count >= limit) return false
    this.#counts.set(key, count + 1)
    return true
  }

  release(key: string): void {
    const count = this.#counts.get(key) ?? 0
    if (count > 1) this.#counts.set(key, count - 1)
    else this.#counts.delete(key)
  }
}

/** Different spellings are one attacker's same target. */
const foldLogin = (login: string): string => login.slice(0, 255).normalize('NFC').toLowerCase()

/** An IPv6 customer has at least a /64 and may use any address of it. */
export function networkOf(address: string): string {
  const plain = address.replace(/%.*$/, '')
  if (!isIPv6(plain)) return plain
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(plain)
  if (mapped !== null) return mapped[1]!
  // An address may end in dotted form, which stands for two groups.
  const groups = plain.replace(/\d+\.\d+\.\d+\.\d+$/, '0:0')
  const [head = '', tail] = groups.split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? [] : Array<string>(8 - before.length - after.length).fill('0')
  const first = [...before, ...zeros, ...after].slice(0, 4)
  return `${first.map(group => Number.parseInt(group, 16).toString(16)).join(':')}::/64`
}
