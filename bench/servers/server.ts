/** A server that is measured: it keeps its data and its ports over restarts, and its processes and files can be looked at. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { freePorts } from '#test/ports.ts'
import { runOk } from '#test/program.ts'
import type { Ports, TestServer } from '#test/server.ts'
import type { Question } from '../job.ts'

/** How one kind of server is started on data that may be there already. */
export type Launcher = {
  readonly name: string
  /** The version, and what is set other than by default. */
  readonly described: string
  /** `loading`: durability may wait while fixtures are put in. */
  start(options: { data: string; ports: Ports; loading: boolean }): Promise<TestServer>
  /** While the server does not run. */
  addUsers(data: string, names: readonly string[]): Promise<void>
}

/** How long a server must do next to nothing to be at rest. */
const restMs = 1_000

export class Measured implements AsyncDisposable {
  readonly launcher: Launcher
  readonly data: string
  readonly ports: Ports
  readonly #users = new Set<string>()
  #server: TestServer | undefined
  #loading = false

  private constructor(launcher: Launcher, data: string, ports: Ports) {
    this.launcher = launcher
    this.data = data
    this.ports = ports
  }

  static async create(launcher: Launcher, folder: string): Promise<Measured> {
    const data = await mkdtemp(join(folder, `${launcher.name}-`))
    const [imap = 0, imaps = 0, lmtp = 0, http = 0] = await freePorts(4)
    return new Measured(launcher, data, { imap, imaps, lmtp, http })
  }

  get name(): string {
    return this.launcher.name
  }

  /** Adds those that are missing; the server must be run again afterwards. */
  async addUsers(names: readonly string[]): Promise<void> {
    const missing = [...new Set(names)].filter(name => !this.#users.has(name))
    if (missing.length === 0) return
    await this.stop()
    await this.launcher.addUsers(this.data, missing)
    for (const name of missing) this.#users.add(name)
  }

  /** Runs afterwards in the mode asked for; milliseconds from its start to its greeting, 0 when it ran already. */
  async run(loading: boolean): Promise<number> {
    if (this.#server && this.#loading === loading) return 0
    await this.stop()
    this.#loading = loading
    const from = performance.now()
    const [server, greetedAt] = await Promise.all([
      this.launcher.start({ data: this.data, ports: this.ports, loading }),
      greeting(this.ports.imap),
    ])
    this.#server = server
    return greetedAt - from
  }

  /** Waits until the server has done what it does after much mail came, such as indexing; no longer than the bound. */
  async rest(boundMs: number): Promise<void> {
    const until = performance.now() + boundMs
    let before = await sum(await this.#processes(), processorMs)
    while (performance.now() < until) {
      await pause(restMs)
      const now = await sum(await this.#processes(), processorMs)
      if (now - before <= restMs / 20) return
      before = now
    }
  }

  async answer(question: Question): Promise<number> {
    switch (question) {
      case 'restart':
        await this.stop()
        return this.run(this.#loading)
      case 'memory':
        return sum(await this.#processes(), proportionalSet)
      case 'read':
        return sum(await this.#processes(), octetsRead)
      case 'disk':
        // Files of this user and of the one the peer runs as; du counts a file with several names once.
        return Number.parseInt((await runOk('du', ['-s', '-B1', this.data], { timeoutMs: 120_000 })).stdout, 10)
    }
  }

  /** The server's process and all that come from it. */
  async #processes(): Promise<number[]> {
    const parents = new Map<number, number>()
    for (const name of await readdir('/proc')) {
      if (!/^\d+$/.test(name)) continue
      const status = await readFile(`/proc/${name}/stat`, 'latin1').catch(() => '')
      // The name in parentheses may hold anything; after it come state and parent.
      const parent = Number(status.slice(status.lastIndexOf(')') + 2).split(' ')[1])
      if (parent > 0) parents.set(Number(name), parent)
    }
    const ours = new Set([this.#server?.pid ?? 0])
    for (let before = 0; before !== ours.size; ) {
      before = ours.size
      for (const [pid, parent] of parents) if (ours.has(parent)) ours.add(pid)
    }
    return [...ours].filter(pid => pid > 0)
  }

  log(): string {
    return this.#server?.log() ?? ''
  }

  async stop(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    await server?.stop()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
    await rm(this.data, { recursive: true, force: true, maxRetries: 5 })
  }
}

async function sum(pids: readonly number[], of: (pid: number) => Promise<number>): Promise<number> {
  const all = await Promise.all(pids.map(pid => of(pid).catch(() => 0)))
  return all.reduce((total, one) => total + one, 0)
}

async function proportionalSet(pid: number): Promise<number> {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'latin1')
  return Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? 0) * 1024
}

/** Of all threads; the kernel counts in hundredths of a second. */
async function processorMs(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/stat`, 'latin1')
  const fields = status.slice(status.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}

async function octetsRead(pid: number): Promise<number> {
  return Number(/^rchar: (\d+)/m.exec(await readFile(`/proc/${pid}/io`, 'latin1'))?.[1] ?? 0)
}

/** When the first greeting came. Looks every 2 ms: starting takes tens of them. */
async function greeting(port: number): Promise<number> {
  const until = performance.now() + 60_000
  while (performance.now() < until) {
    if (await greets(port)) return performance.now()
    await pause(2)
  }
  throw new Error(`no greeting on port ${port}`)
}

const greets = (port: number): Promise<boolean> =>
  new Promise(resolve => {
    const socket = connect({ port, host: '127.0.0.1' })
    const finish = (yes: boolean) => {
      socket.destroy()
      resolve(yes)
    }
    socket.setTimeout(10_000, () => finish(false))
    socket.once('data', () => finish(true))
    socket.once('error', () => finish(false))
    socket.once('close', () => finish(false))
  })
