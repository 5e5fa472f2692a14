/** Starts the servers and the load generator, gives out the jobs in turn and gathers what they bring. */
import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { end } from '#test/program.ts'
import type { BarePorts, Job, Metric, Outcome, Sizes, ToConductor, ToLoad } from './job.ts'
import { client, type FixtureName, fixtures, reader } from './load/fixtures.ts'
import type { Options } from './options.ts'
import { type Collected, collect } from './report/results.ts'
import type { Scenario } from './scenarios/scenario.ts'
import { scenarios } from './scenarios/table.ts'
import { dovecotLauncher } from './servers/dovecot.ts'
import { rookeryLauncher } from './servers/rookery.ts'
import { type Launcher, Measured } from './servers/server.ts'

const file = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const defaultBoundMs = 300_000
/** No scenario of the quick run needs more. */
const quickClients = 10
/** How long a server may go on working on mail that was loaded. */
const restMs = 300_000
const quickRestMs = 10_000
const prepareBoundMs = 1_800_000

export type Run = {
  readonly servers: readonly { readonly name: string; readonly described: string }[]
  readonly limits: readonly Metric[]
  readonly results: readonly Collected[]
}

export class Conductor implements AsyncDisposable {
  readonly #options: Options
  readonly #sizes: Sizes
  readonly #progress: (text: string) => void
  readonly #folder: string
  readonly #servers: Measured[] = []
  /** By server and fixture; an error when it could not be. */
  readonly #loaded = new Map<string, true | Error>()
  #limits: readonly Metric[] | undefined
  #load: ChildProcess | undefined
  #jobs = 0

  private constructor(options: Options, folder: string, progress: (text: string) => void) {
    this.#options = options
    this.#folder = folder
    this.#progress = progress
    const { scale, full, quick } = options
    this.#sizes = { scale, full, quick }
  }

  static async create(options: Options, progress: (text: string) => void): Promise<Conductor> {
    const folder = await mkdtemp(join(options.folder ?? tmpdir(), 'rookery-bench-'))
    // The peer's processes run as users of their own.
    await chmod(folder, 0o755)
    const conductor = new Conductor(options, folder, progress)
    const launchers: Launcher[] = [await rookeryLauncher()]
    if (options.peer) launchers.push(await dovecotLauncher(options.peer))
    for (const launcher of launchers) conductor.#servers.push(await Measured.create(launcher, folder))
    return conductor
  }

  /** The scenarios chosen, or these; mail that is there already is not loaded again. */
  async run(names = this.#options.scenarios): Promise<Run> {
    const chosen = scenarios.filter(each => isChosen(each, names, this.#options.quick))
    for (const server of this.#servers) await this.#prepare(server, chosen)
    this.#limits ??= await this.#measureLimits()
    const results: Collected[] = []
    for (const scenario of chosen) results.push(await this.#scenario(scenario))
    return {
      servers: this.#servers.map(({ launcher: { name, described } }) => ({ name, described })),
      limits: this.#limits,
      results,
    }
  }

  /** Rounds of one scenario: ours, the peer, ours, the peer. A failure at one server ends it there and is a result. */
  async #scenario(scenario: Scenario): Promise<Collected> {
    const outcomes = new Map<string, Outcome[]>()
    const failures = new Map<string, string>()
    const rounds = scenario.once ? 1 : this.#options.rounds
    const attempt = async (server: Measured, what: () => Promise<void>) => {
      if (failures.has(server.name)) return
      try {
        await what()
      } catch (error) {
        failures.set(server.name, (error as Error).message)
        this.#progress(
          `${scenario.name}: ${server.name} FAILED: ${(error as Error).message}\n${server.log().slice(-800)}`,
        )
      }
    }
    for (const server of this.#servers) {
      outcomes.set(server.name, [])
      const lost = this.#fixturesOf(scenario).find(name => this.#loaded.get(`${server.name} ${name}`) instanceof Error)
      if (lost) failures.set(server.name, `${lost} could not be loaded`)
    }
    for (let round = 0; round < rounds; round++) {
      for (const server of this.#servers) {
        this.#progress(`${scenario.name}: round ${round + 1} of ${rounds}, ${server.name}`)
        const job: Job = { kind: 'run', scenario: scenario.name, target: server, sizes: this.#sizes, round }
        await attempt(server, async () => {
          outcomes.get(server.name)!.push(await this.#give(job, server, scenario.boundMs ?? defaultBoundMs))
        })
      }
    }
    return collect(scenario, outcomes, failures)
  }

  /** Users and mail for all that follows, in one go. */
  async #prepare(server: Measured, chosen: readonly Scenario[]): Promise<void> {
    this.#progress(`users and mail for ${server.name}`)
    const names = [...new Set(chosen.flatMap(each => this.#fixturesOf(each)))]
    const clients = Math.max(
      ...chosen.map(each => (this.#options.quick ? Math.min(each.clients ?? 0, quickClients) : (each.clients ?? 0))),
    )
    const users = [
      ...names.map(name => fixtures[name].user),
      ...Array.from({ length: clients }, (_, n) => client(n + 1)),
    ]
    await server.addUsers([reader, ...users])
    for (const name of names) await this.#fixture(server, name)
    await server.run(false)
    await server.rest(this.#options.quick ? quickRestMs : restMs)
  }

  #fixturesOf(scenario: Scenario): FixtureName[] {
    return [...(scenario.fixtures ?? []), ...(this.#options.full ? (scenario.fullFixtures ?? []) : [])]
  }

  async #fixture(server: Measured, fixture: FixtureName): Promise<void> {
    const key = `${server.name} ${fixture}`
    if (this.#loaded.has(key)) return
    await server.run(true)
    const from = performance.now()
    const job: Job = { kind: 'prepare', fixture, target: server, sizes: this.#sizes }
    try {
      await this.#give(job, server, prepareBoundMs)
      this.#loaded.set(key, true)
      this.#progress(`${fixture} loaded into ${server.name} in ${((performance.now() - from) / 1000).toFixed(1)} s`)
    } catch (error) {
      this.#loaded.set(key, error as Error)
      this.#progress(
        `${fixture} NOT loaded into ${server.name}: ${(error as Error).stack}\n${server.log().slice(-800)}`,
      )
    }
  }

  async #measureLimits(): Promise<readonly Metric[]> {
    this.#progress('the limits of this machine')
    const tls = join(this.#servers[0]!.data, 'tls')
    const bare = spawn(process.execPath, [file('./load/bare.ts'), join(tls, 'key.pem'), join(tls, 'cert.pem')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    try {
      const [line] = (await once(bare.stdout, 'data')) as [Buffer]
      const ports = JSON.parse(line.toString()) as BarePorts
      const job: Job = { kind: 'limits', ports, folder: this.#folder, sizes: this.#sizes }
      return (await this.#give(job, undefined, 60_000)).metrics
    } finally {
      await end(bare)
    }
  }

  /** Hands one job to the load generator and answers what it asks meanwhile. After a failure the next job gets a fresh one. */
  async #give(job: Job, server: Measured | undefined, boundMs: number): Promise<Outcome> {
    const load = this.#load ?? fork(file('./load/main.ts'), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    this.#load = load
    const id = ++this.#jobs
    const target = server && { name: server.name, ports: server.ports }
    const send = (message: ToLoad) => load.connected && load.send(message)
    const answer = Promise.withResolvers<Outcome>()
    const hear = (message: ToConductor) => {
      if ('progress' in message) this.#progress(message.progress)
      else if ('ask' in message) {
        server?.answer(message.ask).then(
          value => send({ answer: value, id: message.id }),
          (error: Error) => send({ refusal: error.message, id: message.id }),
        )
      } else if (message.id === id) {
        if ('done' in message) answer.resolve(message.done)
        else answer.reject(new Error(message.failed))
      }
    }
    const gone = () => answer.reject(new Error('the load generator ended'))
    load.on('message', hear).once('exit', gone)
    const timer = setTimeout(() => answer.reject(new Error(`not done in ${boundMs / 1000} s`)), boundMs)
    try {
      send({ job: target && job.kind !== 'limits' ? { ...job, target } : job, id })
      return await answer.promise
    } catch (error) {
      this.#load = undefined
      await end(load)
      throw error
    } finally {
      clearTimeout(timer)
      load.off('message', hear).off('exit', gone)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#load) await end(this.#load)
    for (const server of this.#servers) await server[Symbol.asyncDispose]()
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

function isChosen(scenario: Scenario, names: readonly string[], quick: boolean): boolean {
  if (names.length > 0) return names.includes(scenario.name)
  return !quick || scenario.quick === true
}
