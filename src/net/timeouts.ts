/**
 * The timeouts of one connection on one alarm of the wheel: a deadline, a limit of quiet, a limit of standstill. Activity only notes the
 * time; when the alarm rings, it is found out which of them passed, if any. So a busy connection does no timer work.
 */
import { Alarm, type Ringer, type TimerWheel } from './timers.ts'

/** What the timeouts look at and whom they tell. */
export interface Timed {
  /** A reader waits for input. */
  readonly waiting: boolean
  readonly backlog: number
  /** Octets the operating system has taken so far. */
  readonly taken: number
  /** The deadline, or the limit of quiet, has passed. */
  expired(): void
  stalled(): void
}

export class Timeouts implements Ringer {
  readonly #of: Timed
  readonly #wheel: TimerWheel
  readonly #alarm = new Alarm(this)
  #stopped = false
  // Times of the wheel, milliseconds; 0 is none.
  #deadline = 0
  #idleMs = 0
  #quietSince = 0
  #stallMs = 0
  #stalledSince = 0
  #takenThen = 0

  constructor(of: Timed, wheel: TimerWheel) {
    this.#of = of
    this.#wheel = wheel
  }

  /** When it is, as a time of the wheel; 0 for none. */
  get deadline(): number {
    return this.#deadline
  }

  set deadline(at: number) {
    this.#deadline = at
    if (at > 0) this.#wake(at - this.#wheel.now())
  }

  now(): number {
    return this.#wheel.now()
  }

  idle(ms: number): void {
    this.#idleMs = ms
    this.heard()
    if (ms > 0) this.#wake(ms)
  }

  /** Something came in, or a reader begins to wait. */
  heard(): void {
    if (this.#idleMs > 0) this.#quietSince = this.#wheel.now()
  }

  /** From now on the peer has to take something every `ms` while there is a backlog; `anew` forgets the standstill so far. */
  expectTaking(ms: number, anew = false): void {
    if (this.#stalledSince > 0 && !anew) return
    this.#stallMs = ms
    this.#stalledSince = Math.max(1, this.#wheel.now())
    this.#takenThen = this.#of.taken
    this.#wake(ms / 4)
  }

  stop(): void {
    this.#stopped = true
    this.#wheel.clear(this.#alarm)
  }

  /** Of the wheel. */
  ring(): void {
    const now = this.#wheel.now()
    if (this.#stands(now)) this.#of.stalled()
    else if (this.#deadline > 0 && this.#deadline <= now) {
      this.#deadline = 0
      this.#of.expired()
    } else if (this.#idleMs > 0 && this.#of.waiting && now - this.#quietSince >= this.#idleMs) {
      this.#idleMs = 0
      this.#of.expired()
    }
    this.#wakeForNext(now)
  }

  #stands(now: number): boolean {
    if (this.#stalledSince === 0) return false
    if (this.#of.backlog === 0) {
      this.#stalledSince = 0
      return false
    }
    if (this.#of.taken > this.#takenThen) {
      this.#takenThen = this.#of.taken
      this.#stalledSince = now
    }
    return now - this.#stalledSince >= this.#stallMs
  }

  #wakeForNext(now: number): void {
    if (this.#stalledSince > 0) this.#wake(this.#stallMs / 4)
    if (this.#deadline > 0) this.#wake(this.#deadline - now)
    if (this.#idleMs > 0) this.#wake(this.#of.waiting ? this.#quietSince + this.#idleMs - now : this.#idleMs)
  }

  /** Only ever moves the alarm to a nearer time. */
  #wake(ms: number): void {
    if (this.#stopped) return
    if (this.#alarm.slot < 0 || this.#alarm.at > this.#wheel.now() + ms) this.#wheel.set(this.#alarm, ms)
  }
}
