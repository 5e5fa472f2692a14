/**
 * Coarse timeouts for very many holders at the price of one Node timer per thread.
 *
 *   const alarm = new Alarm(() => …)  or  new Alarm(object with ring())
 *   wheel.set(alarm, ms)   rings once, after at least ms and at most about a tick later; setting again moves it
 *   wheel.clear(alarm)     does nothing when it is not set
 *   threadWheel            the wheel all connections of this thread share
 */
import { type Clock, systemClock } from '#base/clock.ts'

export interface Ringer {
  ring(): void
}

/** One at a time for each holder; links it into a slot's ring of alarms without any further allocation. */
export class Alarm {
  readonly holder: Ringer
  at = 0
  next: Alarm | null = null
  previous: Alarm | null = null
  slot = -1

  constructor(holder: Ringer) {
    this.holder = holder
  }
}

const SLOTS = 512

export class TimerWheel {
  readonly #clock: Clock
  readonly #tickMs: number
  readonly #slots: (Alarm | null)[] = new Array<Alarm | null>(SLOTS).fill(null)
  readonly #running: boolean
  #tick: number
  #count = 0
  #timer: NodeJS.Timeout | null = null

  /** With `running: false` time passes only when the holder of the clock calls `turn`. */
  constructor(options: { clock?: Clock; tickMs?: number; running?: boolean } = {}) {
    this.#clock = options.clock ?? systemClock
    this.#tickMs = options.tickMs ?? 1000
    this.#running = options.running ?? true
    this.#tick = this.#now()
  }
  get size(): number {
    return this.#count
  }

  /** The wheel's time, milliseconds: for holders that compare their own deadlines when they are rung. */
  now(): number {
    return this.#clock.now()
  }

  set(alarm: Alarm, ms: number): void {
    this.clear(alarm)
    alarm.at = this.#clock.now() + Math.max(0, ms)
    // Never into a slot that was passed already: it would wait for a whole turn.
    this.#link(alarm, Math.max(Math.ceil(alarm.at / this.#tickMs), this.#tick + 1))
    if (this.#timer === null && this.#running) {
      this.#timer = setInterval(() => this.turn(), this.#tickMs)
      this.#timer.unref()
    }
  }

  clear(alarm: Alarm): void {
    if (alarm.slot < 0) return
    if (alarm.previous === null) this.#slots[alarm.slot] = alarm.next
    else alarm.previous.next = alarm.next
    if (alarm.next !== null) alarm.next.previous = alarm.previous
    alarm.next = null
    alarm.previous = null
    alarm.slot = -1
    this.#count--
  }

  /** Rings what is due. */
  turn(): void {
    const now = this.#now()
    // After a long sleep, or a clock that was set, one look at every slot finds everything.
    if (now - this.#tick > SLOTS || now < this.#tick) this.#tick = now - SLOTS
    while (this.#tick < now) {
      this.#tick++
      this.#ringSlot(((this.#tick % SLOTS) + SLOTS) % SLOTS)
    }
    if (this.#count === 0 && this.#timer !== null) {
      clearInterval(this.#timer)
      this.#timer = null
    }
  }

  #now(): number {
    return Math.floor(this.#clock.now() / this.#tickMs)
  }

  #link(alarm: Alarm, tick: number): void {
    const slot = tick % SLOTS
    const first = this.#slots[slot] ?? null
    alarm.slot = slot
    alarm.next = first
    if (first !== null) first.previous = alarm
    this.#slots[slot] = alarm
    this.#count++
  }

  #ringSlot(slot: number): void {
    const now = this.#clock.now()
    const due: Alarm[] = []
    for (let alarm = this.#slots[slot] ?? null; alarm !== null; alarm = alarm.next) if (alarm.at <= now) due.push(alarm)
    for (const alarm of due) {
      // An earlier one of this round may have cleared or moved it.
      if (alarm.slot !== slot || alarm.at > now) continue
      this.clear(alarm)
      alarm.holder.ring()
    }
  }
}

/** Steady: a wall clock that is set must not end sessions. */
export const threadWheel = new TimerWheel({ clock: { now: () => performance.now() } })
