/** The clients of one process: opened together, cut together, told of mail. */
import { setTimeout as pause } from 'node:timers/promises'
import { LmtpSession } from '../load/lmtp.ts'
import { mail } from '../mail.ts'
import { percentile } from '../report/results.ts'
import { Member, type Watcher } from './member.ts'
import { type Figures, type Opening, type Ports, userName } from './words.ts'

const deliverers = 16
/** How long a client that was refused waits, about. */
const retryMs = 2_000
/** How long mail may take to be told before it counts as missing. */
const patienceMs = 10_000

export class Crowd implements Watcher {
  readonly #members = new Map<number, Member>()
  #idle = 0
  #openMs: number[] = []
  #retried = new Set<number>()
  readonly #reasons = new Map<string, number>()
  #settled: (() => void) | null = null
  #open: (member: Member) => void = () => {}
  #told: number[] = []

  /** Figures of the time from connect to IDLE; `refused` counts attempts that had to be made again. */
  async open(opening: Opening, ports: Ports): Promise<Figures> {
    const { from, to, atOnce } = opening
    const began = performance.now()
    const waiting: Member[] = []
    for (let n = from; n < to; n++) {
      const member = this.#members.get(n) ?? new Member(n, this)
      this.#members.set(n, member)
      waiting.push(member)
    }
    this.#openMs = []
    this.#retried = new Set()
    this.#reasons.clear()
    this.#open = member => member.open(ports, opening)
    const wanted = this.#idle + waiting.length
    let next = 0
    for (; next < Math.min(atOnce, waiting.length); next++) this.#open(waiting[next]!)
    let half = 0
    while (this.#idle < wanted) {
      await Promise.race([
        new Promise<void>(resolve => {
          this.#settled = resolve
        }),
        pause(1_000),
      ])
      for (; next < waiting.length && next - this.#openMs.length < atOnce; next++) this.#open(waiting[next]!)
      if (half === 0 && wanted - this.#idle <= waiting.length / 2) half = performance.now() - began
    }
    const took = this.#openMs
    for (const [why, count] of this.#reasons) process.stderr.write(`         refused ${count} times: ${why}\n`)
    return {
      seconds: (performance.now() - began) / 1000,
      halfSeconds: half / 1000,
      p50: percentile(took, 0.5),
      p99: percentile(took, 0.99),
      worst: percentile(took, 1),
      refused: [...this.#reasons.values()].reduce((sum, count) => sum + count, 0),
      clientsRefused: this.#retried.size,
    }
  }

  cut(): void {
    for (const member of this.#members.values()) member.cut()
    this.#idle = 0
  }

  /** Latencies from the last octet of a message sent to the EXISTS of its user's session. */
  async mail(seconds: number, rate: number, ports: Ports): Promise<Figures> {
    const users = [...this.#members.values()].filter(member => member.step === 'idles')
    const lanes = await Promise.all(Array.from({ length: deliverers }, () => LmtpSession.open(ports.lmtp)))
    const free = [...lanes]
    const body = mail(1, 2_000)
    const stored: number[] = []
    const began = performance.now()
    let sent = 0
    let late = 0
    this.#told = []
    const deliver = async (lane: LmtpSession, member: Member) => {
      await lane.envelope(userName(member.n))
      const at = performance.now()
      member.pending.push(at)
      await lane.data(body)
      stored.push(performance.now() - at)
      free.push(lane)
    }
    const total = seconds * rate
    while (sent < total) {
      const due = Math.min(total, ((performance.now() - began) / 1000) * rate)
      for (; sent < due; sent++) {
        const lane = free.pop()
        if (lane === undefined) {
          late++
          break
        }
        void deliver(lane, users[Math.floor(Math.random() * users.length)]!)
      }
      await pause(1)
    }
    const took = (performance.now() - began) / 1000
    const until = performance.now() + patienceMs
    while (this.#told.length < sent && performance.now() < until) await pause(20)
    for (const lane of lanes) lane.close()
    return {
      sent,
      perSecond: sent / took,
      missing: sent - this.#told.length,
      turnsWithoutLane: late,
      storedP50: percentile(stored, 0.5),
      storedP99: percentile(stored, 0.99),
      toldP50: percentile(this.#told, 0.5),
      toldP99: percentile(this.#told, 0.99),
      toldWorst: percentile(this.#told, 1),
    }
  }

  idles(member: Member): void {
    this.#idle++
    this.#openMs.push(performance.now() - member.since)
    this.#settled?.()
  }

  lost(member: Member, why: string): void {
    if (member.pending.length > 0) member.pending = []
    this.#reasons.set(why, (this.#reasons.get(why) ?? 0) + 1)
    this.#retried.add(member.n)
    // As clients do: a moment later, not all at the same time. The time it took counts from here.
    setTimeout(() => this.#open(member), retryMs * (0.5 + Math.random()))
  }

  told(member: Member): void {
    const now = performance.now()
    // One EXISTS may stand for several messages; by its number they are all there.
    const before = member.known
    for (let i = before; i < member.exists; i++) {
      const at = member.pending.shift()
      if (at !== undefined) this.#told.push(now - at)
    }
    member.known = member.exists
  }
}
