/**
 * A server under attack: a process with two session threads, a neighbour who must not notice, and the questions that are asked after
 * each attack. Is the server alive, was nobody disturbed, is nothing wrong in its log, did its memory come back?
 */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { eventually } from '#test/eventually.ts'
import { ImapClient } from '#test/imap-client.ts'
import { serverFor, type TestServer } from '#test/server.ts'
import { shown } from './latencies.ts'
import { Neighbour } from './neighbour.ts'
import { inMib, MIB, markResident, resident } from './resident.ts'

export const password = 'correct horse'

export type Bounds = {
  /** The neighbour's NOOP and the news in his IDLE, milliseconds. Wide: other programs have the processors too. */
  readonly p99Ms?: number
  /** Memory that may be more at the worst moment of this attack, octets. */
  readonly most?: number
}

/**
 * What all attacks together may leave, octets: four threads' heaps whose garbage nobody had a reason to collect yet, and the allocator's
 * free pages. Far below what a leak would make of the thousands of sessions and hundreds of megabytes of the attacks.
 */
const LEFT = 384 * MIB

export class Field {
  readonly server: TestServer
  readonly #test: TestContext
  readonly #neighbour: Neighbour
  readonly #base: number
  #logged = 0

  private constructor(test: TestContext, server: TestServer, neighbour: Neighbour) {
    this.#test = test
    this.server = server
    this.#neighbour = neighbour
    this.#base = resident(server.pid).now
  }

  static async open(
    test: TestContext,
    args: readonly string[] = [],
    env: Readonly<Record<string, string>> = {},
  ): Promise<Field> {
    const users = { good: password, bad: password, other: password }
    const server = await serverFor(test, { users, args: ['--threads', '2', ...args], env })
    const neighbour = await Neighbour.start({ port: server.ports.imap, user: 'good', password })
    test.after(() => neighbour[Symbol.asyncDispose]())
    return new Field(test, server, neighbour)
  }

  get port(): number {
    return this.server.ports.imap
  }

  login(user = 'bad', waitMs = 60_000): Promise<ImapClient> {
    return ImapClient.login({ port: this.port, user, password, waitMs })
  }

  /** Runs the attack and asks the questions; answers how much more memory there was at the worst moment, octets. */
  async survives(name: string, attack: () => Promise<void>, bounds: Bounds = {}): Promise<number> {
    const { p99Ms = 500, most = 256 * MIB } = bounds
    const { pid } = this.server
    const base = markResident(pid)
    this.#neighbour.mark()
    const from = performance.now()
    await attack()
    const felt = await this.#neighbour.report()
    const peak = resident(pid).most - base
    await this.#answers()
    const after = resident(pid).now - this.#base
    this.#test.diagnostic(
      `${name}: ${((performance.now() - from) / 1000).toFixed(1)} s; neighbour NOOP ${shown(felt.noop)}, IDLE ${shown(felt.idle)}; ` +
        `memory ${inMib(base)}, at most +${inMib(peak)}; since the start +${inMib(after)}`,
    )
    assert.equal(felt.fault, null)
    assert.ok(felt.noop.p99 < p99Ms, `a neighbour's NOOP took ${felt.noop.p99} ms`)
    assert.ok(felt.idle.p99 < p99Ms, `a neighbour's IDLE was told after ${felt.idle.p99} ms`)
    assert.ok(peak < most, `${inMib(peak)} more memory`)
    await eventually(`memory near ${inMib(this.#base)}`, () => resident(pid).now - this.#base < LEFT, 10_000)
    this.#logIsClean()
    return peak
  }

  /** Both ports serve newcomers. */
  async #answers(): Promise<void> {
    const client = await this.login('other')
    await client.ok('SELECT INBOX')
    await client.logout()
  }

  /** Nothing but clients' faults, since the last look. */
  #logIsClean(): void {
    const log = this.server.log()
    const fresh = log.slice(this.#logged)
    this.#logged = log.length
    const wrong = fresh.split('\n').filter(line => /"level":"error"|Unhandled|Uncaught|ERR_|Warning:/.test(line))
    assert.deepEqual(wrong, [])
  }
}
