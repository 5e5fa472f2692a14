import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Metrics, type Snapshot } from './metrics.ts'

/** Seconds: from what a cached answer takes to what nobody waits for. */
const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** How often the event loop is looked at. */
const TICK_MS = 20

/** What a session thread counts. Each method is what its name says happened. */
export class ThreadMetrics {
  readonly #metrics = new Metrics()
  readonly #imapSessions = this.#metrics.gauge('imap_sessions', 'IMAP sessions that are open')
  readonly #lmtpSessions = this.#metrics.gauge('lmtp_sessions', 'LMTP sessions that are open')
  readonly #commands = this.#metrics.counter('imap_commands_total', 'IMAP commands by name and result', [
    'command',
    'result',
  ])
  readonly #commandSeconds = this.#metrics.histogram(
    'imap_command_seconds',
    'Time from a command to its tagged answer',
    SECONDS,
  )
  readonly #logins = this.#metrics.counter('logins_total', 'Logins by protocol and result', ['protocol', 'result'])
  readonly #deliveries = this.#metrics.counter('deliveries_total', 'Messages for one recipient each, by result', [
    'result',
  ])
  readonly #deliveredOctets = this.#metrics.counter('delivered_octets_total', 'Octets of stored deliveries')
  readonly #deliverySeconds = this.#metrics.histogram(
    'delivery_seconds',
    'Time from DATA to a durable delivery',
    SECONDS,
  )
  readonly #octets = this.#metrics.counter('imap_octets_total', 'Octets of IMAP by direction', ['direction'])
  readonly #storeSeconds = this.#metrics.histogram('store_seconds', 'Time of calls to the store', SECONDS, ['call'])
  readonly #storeFaults = this.#metrics.counter('store_faults_total', 'Calls to the store that failed', ['call'])
  readonly #delay = monitorEventLoopDelay({ resolution: TICK_MS })

  constructor() {
    const worst = this.#metrics.gauge('event_loop_delay_seconds', 'Worst delay of an event loop since the last look', {
      over: 'max',
    })
    this.#delay.enable()
    this.#metrics.beforeSnapshot(() => {
      // What is measured is the time from tick to tick.
      worst.set(Math.max(0, this.#delay.max / 1e9 - TICK_MS / 1000))
      this.#delay.reset()
    })
  }

  snapshot(): Snapshot {
    return this.#metrics.snapshot()
  }

  /** Of each kind of session, when a snapshot is taken. */
  countSessions(count: () => { readonly imap: number; readonly lmtp: number }): void {
    this.#metrics.beforeSnapshot(() => {
      const { imap, lmtp } = count()
      this.#imapSessions.set(imap)
      this.#lmtpSessions.set(lmtp)
    })
  }

  /** `name` as the table of commands has it, so that what clients invent makes no metric. */
  command(name: string, result: 'OK' | 'NO' | 'BAD', ms: number): void {
    this.#commands.add(1, name, result)
    this.#commandSeconds.observe(ms / 1000)
  }

  login(protocol: 'imap' | 'pop3' | 'http', result: 'ok' | 'failed' | 'throttled'): void {
    this.#logins.add(1, protocol, result)
  }

  delivery(delivery: {
    readonly result: 'stored' | 'refused' | 'failed'
    readonly octets: number
    readonly ms: number
  }): void {
    this.#deliveries.add(1, delivery.result)
    if (delivery.result !== 'stored') return
    this.#deliveredOctets.add(delivery.octets)
    this.#deliverySeconds.observe(delivery.ms / 1000)
  }

  octets(direction: 'in' | 'out', octets: number): void {
    this.#octets.add(octets, direction)
  }

  /** The same store, each of whose calls is timed. */
  timed<Store extends object>(store: Store): Store {
    const timed: Record<string, unknown> = {}
    for (const name of methodsOf(store)) {
      timed[name] = async (...args: unknown[]) => {
        const begun = performance.now()
        try {
          return await (store[name as keyof Store] as (...args: unknown[]) => unknown)(...args)
        } catch (error) {
          this.#storeFaults.add(1, name)
          throw error
        } finally {
          this.#storeSeconds.observe((performance.now() - begun) / 1000, name)
        }
      }
    }
    return timed as Store
  }
}

/** Of the object and its classes, by name. */
function methodsOf(store: object): readonly string[] {
  const names = new Set<string>()
  for (let at: object | null = store; at !== null && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(at))) {
      if (typeof value === 'function' && name !== 'constructor') names.add(name)
    }
  }
  return [...names]
}
