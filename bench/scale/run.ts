/** `npm run bench:scale`: as many idle sessions as this machine has descriptors for, and what they cost, hear and endure. */
import { type ChildProcess, fork } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as pause } from 'node:timers/promises'
import { end } from '#test/program.ts'
import { figure, terminal } from '../report/table.ts'
import { readOptions, usage } from './options.ts'
import { playerFile, Subject } from './subject.ts'
import { type Figures, type FromPlayer, type Ports, pests, type Task } from './words.ts'
import { makeWorld } from './world.ts'

/** Long enough for what a session puts away after a while. */
const settleMs = 18_000
/** Sessions that come one after another, and how many of them at a time. */
const warmUp = 200
const atATime = 200
/** For the server's own files and listeners. */
const spareDescriptors = 300
const resolutionMs = 5
const noopSeconds = 5
const noopSessions = 20

class Player implements AsyncDisposable {
  readonly #child: ChildProcess = fork(playerFile, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  #id = 0

  perform(task: Task, ports: Ports): Promise<Figures> {
    const id = ++this.#id
    return new Promise((resolve, reject) => {
      const hear = (message: FromPlayer) => {
        if (message.id !== id) return
        this.#child.off('message', hear)
        if ('failed' in message) reject(new Error(message.failed))
        else resolve(message.figures)
      }
      this.#child.on('message', hear)
      this.#child.once('exit', () => reject(new Error('the clients ended')))
      this.#child.send({ id, ports, task })
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await end(this.#child)
  }
}

type Line = { readonly what: string; readonly figures: Figures }

const args = process.argv.slice(2)
if (args.includes('--help')) {
  process.stdout.write(usage)
  process.exit()
}
const options = readOptions(args)
const began = performance.now()
const progress = (text: string) =>
  process.stderr.write(`${((performance.now() - began) / 1000).toFixed(1).padStart(7)} s  ${text}\n`)
const data = options.data ?? (await mkdtemp(join(tmpdir(), 'rookery-scale-data-')))
const lines: Line[] = []
try {
  await run()
} finally {
  if (options.data === undefined) await rm(data, { recursive: true, force: true })
}
if (options.json) process.stdout.write(`${JSON.stringify({ options, lines }, undefined, 2)}\n`)
else {
  const rows = lines.flatMap(({ what, figures }) =>
    Object.entries(figures).map(([name, value]) => [what, name, figure(value)]),
  )
  process.stdout.write(`${terminal([['what', 'figure', 'value'], ...rows])}\n`)
}

async function descriptors(): Promise<number> {
  const limits = await readFile('/proc/self/limits', 'latin1')
  return Number(/^Max open files +(\d+)/m.exec(limits)?.[1])
}

async function run(): Promise<void> {
  const { sessions, tls, mail } = options
  // Node has raised its soft limit to the hard one, and so will the server's.
  const most = (await descriptors()) - warmUp - spareDescriptors
  if (sessions > most) throw new Error(`this machine has descriptors for ${most} sessions (ulimit -Hn)`)
  let said = 0
  await makeWorld(data, sessions + warmUp, mail, made => {
    if (made - said < 1_000) return
    said = made
    progress(`${made} users`)
  })
  progress('waiting until the search index has caught up')
  await Subject.settle(data)
  await using subject = await Subject.start(data, options.threads)
  await using player = new Player()
  const { ports } = subject.server
  const note = (what: string, figures: Figures) => {
    lines.push({ what, figures })
    progress(
      `${what}: ${Object.entries(figures)
        .map(([name, value]) => `${name} ${figure(value)}`)
        .join(', ')}`,
    )
  }
  /** Runs a task, and notes how late the worst event loop of the server was meanwhile. */
  const timed = async (what: string, task: Task) => {
    await subject.delays()
    delay.reset()
    const figures = await player.perform(task, ports)
    const delays = await subject.delays()
    note(what, {
      ...figures,
      loopP99: Math.max(...delays.map(({ p99 }) => p99)),
      loopWorst: Math.max(...delays.map(({ max }) => max)),
      busyP99: Math.max(...delays.map(({ busyP99 }) => busyP99)),
      busyWorst: Math.max(...delays.map(({ busyMax }) => busyMax)),
      // This process does nothing meanwhile: so late are loops on this machine anyway.
      machineP99: delay.percentile(99) / 1e6 - resolutionMs,
      machineWorst: delay.max / 1e6 - resolutionMs,
      serverMB: (await subject.memory()) / 2 ** 20,
    })
  }
  const delay = monitorEventLoopDelay({ resolution: resolutionMs })
  delay.enable()
  let idleCpu = 0
  const settled = async () => {
    const cpu = await subject.cpu()
    await pause(settleMs)
    idleCpu = ((await subject.cpu()) - cpu) / settleMs
    await subject.collect()
    await pause(500)
    return await subject.memory()
  }

  /** Heap and what is held outside of it. */
  const byThread = async (): Promise<Figures> =>
    Object.fromEntries(
      [...(await subject.heaps())].map(([name, { heapUsed, external }]) => [name, (heapUsed + external) / 2 ** 20]),
    )

  // What is compiled and cached once is no session's.
  const open = { kind: 'open', tls, secret: 'app-password', atOnce: atATime } as const
  await player.perform({ ...open, from: sessions, to: sessions + warmUp }, ports)
  const before = await settled()
  const heapsBefore = await subject.heaps()
  await timed('open', { ...open, from: 0, to: sessions })
  const fresh = await subject.memory()
  const idle = await settled()
  const heaps = [...(await subject.heaps())]
  const grew = (part: 'heapUsed' | 'external' | 'arrayBuffers') =>
    heaps.reduce((sum, [thread, heap]) => sum + heap[part] - (heapsBefore.get(thread)?.[part] ?? 0), 0) /
    1024 /
    sessions
  note('idle session, KiB', {
    pss: (idle - before) / 1024 / sessions,
    pssBeforeCollecting: (fresh - before) / 1024 / sessions,
    heap: grew('heapUsed'),
    external: grew('external'),
    arrayBuffers: grew('arrayBuffers'),
    processMB: idle / 2 ** 20,
    cpuShare: idleCpu,
  })
  note('idle, MB by thread', await byThread())
  if (options.snapshots !== undefined) await subject.snapshots(options.snapshots)

  for (const phase of options.phases) {
    if (phase === 'mail') {
      await timed('mail', { kind: 'mail', seconds: options.seconds, rate: options.rate })
      note('after the mail, KiB a session', { pss: ((await settled()) - before) / 1024 / sessions })
      note('after the mail, MB by thread', await byThread())
    } else if (phase === 'storm') {
      await player.perform({ kind: 'cut' }, ports)
      await timed('storm', { ...open, from: 0, to: sessions, secret: 'password', atOnce: sessions })
      note('after the storm, KiB a session', { pss: ((await settled()) - before) / 1024 / sessions })
    } else {
      const noop: Task = { kind: 'noop', seconds: noopSeconds, sessions: noopSessions, tls }
      await timed('NOOP, quiet', noop)
      for (const pest of pests) {
        await using nuisance = new Player()
        await nuisance.perform({ kind: 'pest', pest }, ports)
        await timed(`NOOP, one ${pest}`, noop)
      }
    }
  }
}
