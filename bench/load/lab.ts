/** What a scenario works with: sessions at the server under test, a clock that counts our own processor time, and the conductor. */
import type { Metric, Question, Sizes, Target } from '../job.ts'
import { LmtpSession } from './lmtp.ts'
import { Session } from './session.ts'

export const password = 'bench-pass-1'

export type Conductor = {
  ask(question: Question): Promise<number>
  progress(text: string): void
}

export class Lab {
  readonly target: Target
  readonly sizes: Sizes
  readonly round: number
  readonly conductor: Conductor
  readonly metrics: Metric[] = []
  readonly answers: Record<string, string> = {}
  readonly notes: string[] = []
  #clockMs = 0
  #cpuMs = 0

  constructor(target: Target, sizes: Sizes, round: number, conductor: Conductor) {
    this.target = target
    this.sizes = sizes
    this.round = round
    this.conductor = conductor
  }

  /** A number of messages or the like, at this run's scale; a multiple of 10. */
  count(full: number): number {
    return Math.max(10, Math.round((full * this.sizes.scale) / 10) * 10)
  }

  /** How long a rate is measured. */
  get rateMs(): number {
    return this.sizes.quick ? 700 : 3_000
  }

  get loadShare(): number {
    return this.#clockMs === 0 ? 0 : this.#cpuMs / this.#clockMs
  }

  open(tls = false): Promise<Session> {
    const { imap, imaps } = this.target.ports
    return Session.open({ port: tls ? imaps : imap, tls })
  }

  async login(user: string, tls = false): Promise<Session> {
    const session = await this.open(tls)
    await session.run(`LOGIN ${user} ${password}`)
    return session
  }

  lmtp(): Promise<LmtpSession> {
    return LmtpSession.open(this.target.ports.lmtp)
  }

  /** Runs the work that counts, and returns what it gave and how long it took. */
  async clock<Value>(work: () => Promise<Value>): Promise<{ value: Value; ms: number }> {
    const cpu = process.cpuUsage()
    const from = performance.now()
    const value = await work()
    const ms = performance.now() - from
    const used = process.cpuUsage(cpu)
    this.#clockMs += ms
    this.#cpuMs += (used.user + used.system) / 1000
    return { value, ms }
  }

  /** `clients` loops over `step` until the time is up; how many steps ended a second and how long the worst took. */
  async rate(
    clients: number,
    step: (client: number) => Promise<void>,
  ): Promise<{ perSecond: number; worstMs: number; steps: number[] }> {
    const steps = Array.from({ length: clients }, () => 0)
    let worstMs = 0
    const { ms } = await this.clock(async () => {
      const until = performance.now() + this.rateMs
      const loop = async (client: number) => {
        for (let now = performance.now(); now < until; ) {
          await step(client)
          steps[client]!++
          const after = performance.now()
          worstMs = Math.max(worstMs, after - now)
          now = after
        }
      }
      await Promise.all(steps.map((_, client) => loop(client)))
    })
    const done = steps.reduce((sum, count) => sum + count, 0)
    return { perSecond: (done * 1000) / ms, worstMs, steps }
  }

  add(metric: Metric): void {
    this.metrics.push(metric)
  }

  ms(name: string, value: number): void {
    this.add({ name, value, unit: 'ms', more: false })
  }

  perSecond(name: string, value: number, limit?: Metric['limit']): void {
    this.add({ name, value, unit: 'per s', more: true, ...(limit && { limit }) })
  }
}

/** A wrong answer fails the run, however fast it was. */
export function expect(what: string, seen: unknown, expected: unknown): void {
  const [left, right] = [JSON.stringify(seen), JSON.stringify(expected)]
  if (left !== right) throw new Error(`wrong answer: ${what} is ${short(left)}, expected ${short(right)}`)
}

const short = (text: string | undefined) => (text && text.length > 200 ? `${text.slice(0, 200)}…` : text)
