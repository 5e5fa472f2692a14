import { limits } from '#base/limits.ts'
import type { Connection } from './connection.ts'
import { type TimerWheel, threadWheel } from './timers.ts'

/** One object for all connections of a listener. */
export type ConnectionOptions = {
  readonly wheel: TimerWheel
  /** Octets waiting to be written from which on `drained` waits. */
  readonly highWater: number
  /** A peer that takes not one octet for so long is gone. Only a total standstill counts: slow links may be slow. */
  readonly stallMs: number
  readonly handshakeMs: number
  /** Told once, when the connection is gone. */
  readonly owner: { gone(connection: Connection): void } | null
}

export const defaultOptions: ConnectionOptions = {
  wheel: threadWheel,
  highWater: limits.outputHighWater,
  stallMs: limits.stallMs,
  handshakeMs: limits.handshakeMs,
  owner: null,
}
