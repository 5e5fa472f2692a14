/** One data directory, the server that is started and killed over it, and the clients that keep it busy. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type Dirent, readdirSync, statSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { checkStore, openStoreInProcess } from '#drivers/embedded/store.ts'
import { freePorts, greetingOf } from '#test/ports.ts'
import { end, runOk } from '#test/program.ts'
import { rookery } from '#test/server.ts'
import { Deliveries } from './deliveries.ts'
import { Broken, Lane, type Login } from './lane.ts'
import { Random } from './random.ts'

const USERS = ['alice', 'bob']
const LANES = ['Ka', 'Kb', 'Kc', 'Kd']
const READY_MS = 30_000
/** Octets that a store may have beyond twice its mail: segments that are not full, the log, indexes. */
const SLACK_OCTETS = 96 * 1024 * 1024

export class World {
  readonly counts = { kills: 0, whileStarting: 0, whileStopping: 0, starts: 0, checks: 0, programs: 0 }
  readonly data: string
  readonly #random: Random
  readonly #ports: { readonly imap: number; readonly lmtp: number }
  readonly #passwords: readonly string[]
  readonly #lanes: readonly Lane[]
  readonly #deliveries: readonly Deliveries[]
  /** A `rookery deliver` that is still running. */
  #program: Promise<void> | null = null
  #broken: Broken | null = null

  private constructor(random: Random, data: string, ports: readonly number[], passwords: readonly string[]) {
    this.#random = random
    this.data = data
    this.#ports = { imap: ports[0]!, lmtp: ports[1]! }
    this.#passwords = passwords
    this.#lanes = LANES.map((name, i) => new Lane(name, new Random(random.below(0x7fff_ffff) + i)))
    this.#deliveries = USERS.map((user, i) => new Deliveries(user, new Random(random.below(0x7fff_ffff) + i)))
  }

  static async make(seed: number): Promise<World> {
    const data = await mkdtemp(join(tmpdir(), 'rookery-crash-'))
    const passwords: string[] = []
    for (const user of USERS) {
      await runOk(rookery, ['user', 'add', user, '--password-stdin', '--data', data], { input: 'never used\n' })
      const { stdout } = await runOk(rookery, ['user', 'app-password', 'add', user, 'crash', '--json', '--data', data])
      // One that costs no slow hash at every login.
      passwords.push((JSON.parse(stdout) as { password: string }).password)
    }
    const world = new World(new Random(seed), data, await freePorts(2), passwords)
    // One that ends by itself leaves the compiled sources behind, which halves the price of all other starts.
    await world.#served(async () => {})
    return world
  }

  get messages(): number {
    const sum = (counts: readonly { verified: number }[]) => counts.reduce((all, { verified }) => all + verified, 0)
    return sum(this.#lanes.map(({ counts }) => counts)) + sum(this.#deliveries.map(({ counts }) => counts))
  }

  get acknowledged(): { operations: number; messages: number; deliveries: number } {
    const { operations, messages } = this.#lanes.reduce(
      (all, { counts }) => ({
        operations: all.operations + counts.operations,
        messages: all.messages + counts.messages,
      }),
      { operations: 0, messages: 0 },
    )
    return { operations, messages, deliveries: this.#deliveries.reduce((all, { counts }) => all + counts.delivered, 0) }
  }

  /** Starts the server, lets the clients look and work, and kills it at some moment. @throws {Broken} */
  async killOnce(): Promise<void> {
    const random = this.#random
    const lot = random.below(100)
    const server = this.#start()
    const gone = once(server, 'exit')
    const clients: Promise<void>[] = []
    if (lot < 15) {
      await Promise.race([pause(random.between(20, 500)), gone])
    } else {
      await this.#ready(server)
      const working = Promise.withResolvers<void>()
      clients.push(...this.#work(working.resolve))
      if (random.chance(4)) this.#deliverByProgram()
      // Mostly in the midst of work; else while they log in and look.
      if (lot < 75) await Promise.race([working.promise, Promise.all(clients), gone])
      await Promise.race([this.#someWork(), gone])
      await Promise.race([pause(random.between(0, 30)), gone])
      if (lot >= 85) {
        server.kill('SIGTERM')
        await Promise.race([pause(random.between(0, 120)), gone])
      }
    }
    server.kill('SIGKILL')
    await gone
    for (const deliveries of this.#deliveries) deliveries.stop()
    for (const lane of this.#lanes) await lane.close()
    await Promise.all(clients)
    if (this.#broken) throw this.#broken
    if (server.signalCode !== 'SIGKILL') {
      if (lot < 85 || server.exitCode !== 0) throw new Broken(`the server ended by itself with ${server.exitCode}`)
      return
    }
    this.counts.kills += 1
    if (lot < 15) this.counts.whileStarting += 1
    if (lot >= 85) this.counts.whileStopping += 1
  }

  /** With nobody working: every octet is read again over IMAP. Then, with no server, the store is tidied and checked. @throws {Broken} */
  async verifyAll(): Promise<void> {
    await this.#program
    await this.#served(async () => {
      for (const [i, lane] of this.#lanes.entries()) await lane.verify(this.#login(i), true)
      for (const [i, deliveries] of this.#deliveries.entries()) await deliveries.verify(this.#login(i), true)
    })
    await this.check()
  }

  /** @throws {Broken} when the store is not sound, or keeps what nobody can have any more */
  async check(): Promise<void> {
    await this.#program
    this.counts.checks += 1
    const before = await checkStore(this.data)
    if (before.faults.length > 0) throw new Broken(`check finds ${JSON.stringify(before.faults.slice(0, 5))}`)
    const store = await openStoreInProcess(this.data)
    try {
      while ((await store.metadata.purgeExpunged(Date.now() + 1_000, 1_000)) === 1_000);
      // What is emptied in one round is removed in the next.
      for (let round = 0; round < 3; round++) await store.maintain({ safeMs: 0, graceMs: 0, logRows: 1_000 })
    } finally {
      await store.close()
    }
    const { faults, leftovers, octets } = await checkStore(this.data)
    if (faults.length > 0) throw new Broken(`check finds after maintenance ${JSON.stringify(faults.slice(0, 5))}`)
    if (leftovers.files > 0) throw new Broken(`${leftovers.files} files are left that belong to nothing`)
    const size = octetsBelow(this.data)
    if (size > 2 * octets + SLACK_OCTETS) throw new Broken(`${size} octets are kept for ${octets} octets of mail`)
  }

  /** Looks at a server that nobody kills, and which must end as it should. */
  async #served(look: () => Promise<void>): Promise<void> {
    const server = this.#start()
    try {
      await this.#ready(server)
      await look()
    } catch (error) {
      throw error instanceof Broken ? error : new Broken(`it could not be read: ${error}`)
    } finally {
      for (const lane of this.#lanes) await lane.close()
      await end(server, 15_000)
    }
    if (server.exitCode !== 0) throw new Broken(`the server ended with ${server.exitCode ?? server.signalCode}`)
  }

  async remove(): Promise<void> {
    await rm(this.data, { recursive: true, force: true })
  }

  #work(working: () => void): Promise<void>[] {
    const lanes = this.#lanes.map(async (lane, i) => {
      await lane.verify(this.#login(i), false)
      working()
      await lane.work()
    })
    const deliveries = this.#deliveries.map(async (each, i) => {
      await each.verify(this.#login(i), false)
      await each.work(this.#ports.lmtp)
    })
    return [...lanes, ...deliveries].map(work =>
      work.catch(error => {
        // All that may happen to a client of a server that is killed is that its connection breaks.
        if (error instanceof Broken) this.#broken ??= error
      }),
    )
  }

  /** Some more commands and deliveries were acknowledged, or time is up. */
  async #someWork(): Promise<void> {
    const until = performance.now() + this.#random.between(10, 700)
    const target = this.#done + this.#random.between(1, 80)
    while (performance.now() < until && this.#done < target) await pause(4)
  }

  get #done(): number {
    const { operations, deliveries } = this.acknowledged
    return operations + deliveries
  }

  #deliverByProgram(): void {
    if (this.#program) return
    const i = this.#random.below(USERS.length)
    const args = ['deliver', '--data', this.data, USERS[i]!]
    const killAfter = this.#random.chance(50) ? this.#random.between(50, 900) : null
    this.counts.programs += 1
    this.#program = this.#deliveries[i]!.byProgram(async message => {
      const child = spawn(rookery, args, { stdio: ['pipe', 'ignore', 'ignore'], env: environment(this.data) })
      child.stdin.on('error', () => {})
      child.stdin.end(message)
      const timer = killAfter === null ? null : setTimeout(() => child.kill('SIGKILL'), killAfter)
      const [code] = (await once(child, 'exit')) as [number | null]
      if (timer) clearTimeout(timer)
      return code
    }).finally(() => {
      this.#program = null
    })
  }

  #login(i: number): Login {
    const user = i % USERS.length
    return { port: this.#ports.imap, user: USERS[user]!, password: this.#passwords[user]! }
  }

  #start(): ChildProcess {
    this.counts.starts += 1
    const { imap, lmtp } = this.#ports
    const listen = ['--imap', `127.0.0.1:${imap}`, '--lmtp', `127.0.0.1:${lmtp}`]
    return spawn(rookery, ['serve', '--data', this.data, '--threads', '3', ...listen], {
      stdio: ['ignore', 'ignore', 'ignore'],
      env: environment(this.data),
    })
  }

  async #ready(server: ChildProcess): Promise<void> {
    for (const until = performance.now() + READY_MS; performance.now() < until; ) {
      if (server.exitCode !== null) throw new Broken(`the server did not start: it ended with ${server.exitCode}`)
      const heard = await Promise.all([greetingOf(this.#ports.imap), greetingOf(this.#ports.lmtp)]).catch(() => [])
      if (heard[0]?.startsWith('* OK')) return
      await pause(15)
    }
    server.kill('SIGKILL')
    throw new Broken(`the server did not start within ${READY_MS} ms`)
  }
}

/** Starting costs half when the sources need not be compiled again. */
const environment = (data: string): NodeJS.ProcessEnv => ({
  ...process.env,
  NODE_COMPILE_CACHE: join(data, '..', 'rookery-crash-cache'),
})

function octetsBelow(path: string): number {
  const size = (entry: Dirent): number => {
    const at = join(entry.parentPath, entry.name)
    return entry.isDirectory() ? octetsBelow(at) : statSync(at).blocks * 512
  }
  return readdirSync(path, { withFileTypes: true }).reduce((sum, entry) => sum + size(entry), 0)
}
