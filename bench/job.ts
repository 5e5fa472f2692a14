/** What the conductor and the load generator say to each other; both are processes of their own. */
import type { Ports } from '#test/server.ts'

export type Target = {
  readonly name: string
  readonly ports: Ports
}

export type Sizes = {
  /** All numbers of messages are multiplied by this; 1 unless one is developing. */
  readonly scale: number
  /** The large variants too. */
  readonly full: boolean
  /** Short times and few clients. */
  readonly quick: boolean
}

/** A figure of physics that a metric can be held against; in the metric's own unit. */
export type LimitName = 'loopback' | 'tls' | 'fdatasync' | 'handshakes' | 'resumptions' | 'connections' | 'round trips'

export type Metric = {
  /** Stable: thresholds and pages name it. */
  readonly name: string
  readonly value: number
  readonly unit: 'per s' | 'ms' | 'MB/s' | 'MB' | 'KiB' | '×'
  /** Whether more is better; otherwise less is. */
  readonly more: boolean
  readonly limit?: LimitName
}

export type Outcome = {
  readonly metrics: readonly Metric[]
  /** Share of one processor that the load generator took while the clock ran, 0..1. */
  readonly loadShare: number
  /** Digests of answers that both servers must give alike, by name. */
  readonly answers: Readonly<Record<string, string>>
  readonly notes: readonly string[]
}

export type Job =
  | { readonly kind: 'prepare'; readonly fixture: string; readonly target: Target; readonly sizes: Sizes }
  | {
      readonly kind: 'run'
      readonly scenario: string
      readonly target: Target
      readonly sizes: Sizes
      readonly round: number
    }
  | { readonly kind: 'limits'; readonly ports: BarePorts; readonly folder: string; readonly sizes: Sizes }

/** Ports of the bare servers that physics is measured with. */
export type BarePorts = { readonly plain: number; readonly tls: number }

/** What a scenario asks of the conductor, which alone knows the server's processes and files. */
export type Question =
  /** Stops and starts the server; the answer is the milliseconds from its start to its first greeting. */
  | 'restart'
  /** Proportional set size of all processes of the server, octets. */
  | 'memory'
  /** Octets that all its processes have read from files and sockets. */
  | 'read'
  /** Octets that its files take on the disk. */
  | 'disk'

export type ToLoad =
  | { readonly job: Job; readonly id: number }
  | { readonly answer: number; readonly id: number }
  | { readonly refusal: string; readonly id: number }
export type ToConductor =
  | { readonly done: Outcome; readonly id: number }
  | { readonly failed: string; readonly id: number }
  | { readonly ask: Question; readonly id: number }
  | { readonly progress: string }
