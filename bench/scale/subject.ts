/** The server that is measured: the real one, with its threads, and a probe in each. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { startServer, type TestServer } from '#test/server.ts'

/** How late timers were, milliseconds, and how much processor time passed between two that were due every 5 ms. */
export type Delay = {
  readonly p50: number
  readonly p99: number
  readonly max: number
  readonly busyP99: number
  readonly busyMax: number
}
export type Heap = {
  readonly heapUsed: number
  readonly heapTotal: number
  readonly external: number
  readonly arrayBuffers: number
}

export class Subject implements AsyncDisposable {
  readonly server: TestServer
  readonly #folder: string

  private constructor(server: TestServer, folder: string) {
    this.server = server
    this.#folder = folder
  }

  /** Runs a server until it does nothing by itself any more. What that takes in memory goes with it. */
  static async settle(data: string): Promise<void> {
    await using subject = await Subject.start(data, undefined)
    const lookMs = 2_000
    for (let calm = 0; calm < 2; ) {
      const before = await subject.cpu()
      await pause(lookMs)
      calm = (await subject.cpu()) - before < lookMs / 10 ? calm + 1 : 0
    }
  }

  static async start(data: string, threads: number | undefined): Promise<Subject> {
    const folder = await mkdtemp(join(tmpdir(), 'rookery-scale-'))
    const sets = ['log.level=warn', ...(threads === undefined ? [] : [`threads=${threads}`])]
    const server = await startServer({
      data,
      args: sets.flatMap(set => ['--set', set]),
      env: {
        NODE_OPTIONS: `--import=${new URL('./probe.ts', import.meta.url).href}`,
        SCALE_PROBE_FOLDER: folder,
      },
    })
    return new Subject(server, folder)
  }

  /** Proportional set size, octets. */
  async memory(): Promise<number> {
    const rollup = await readFile(`/proc/${this.server.pid}/smaps_rollup`, 'latin1')
    return Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? 0) * 1024
  }

  /** Processor time used so far, milliseconds. */
  async cpu(): Promise<number> {
    const stat = await readFile(`/proc/${this.server.pid}/stat`, 'latin1')
    // The name in parentheses may hold anything; user and system time are the 12th and 13th after it, in hundredths of a second.
    const [user, system] = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 13)
    return (Number(user) + Number(system)) * 10
  }

  /** Of each thread that serves clients since the last look, milliseconds. */
  async delays(): Promise<readonly Delay[]> {
    const all = (await this.#ask('delay')) as Map<string, Delay>
    return [...all].flatMap(([thread, delay]) => (thread.includes('sessions') ? [delay] : []))
  }

  async heaps(): Promise<ReadonlyMap<string, Heap>> {
    return (await this.#ask('memory')) as Map<string, Heap>
  }

  async collect(): Promise<void> {
    await this.#ask('collect')
  }

  async snapshots(folder: string): Promise<void> {
    await this.#ask(`snapshot ${folder}`)
  }

  /** By number and name of the thread. */
  async #ask(question: string): Promise<Map<string, unknown>> {
    const answers = new Map<string, unknown>()
    for (const name of (await readdir(this.#folder)).sort()) {
      answers.set(name.replace('.sock', ''), JSON.parse(await asked(join(this.#folder, name), question)))
    }
    return answers
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.stop()
    await rm(this.#folder, { recursive: true, force: true })
  }
}

function asked(path: string, question: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    const socket = connect(path, () => socket.write(`${question}\n`))
    socket.setEncoding('utf8')
    socket.on('error', reject)
    socket.on('data', chunk => {
      text += chunk
      if (!text.endsWith('\n')) return
      socket.destroy()
      resolve(text)
    })
  })
}

export const playerFile = fileURLToPath(new URL('./player.ts', import.meta.url))
