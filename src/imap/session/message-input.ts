import type { Args } from '../wire/reader.ts'

/**
 * A streaming command's view of its own input: arguments, then literals that pass through, one after another.
 *
 *   args         cursor over what has come since the last streamed literal, that literal's placeholder first; before any of them,
 *                over what follows the command's name. Made anew by each `next`.
 *   announced    a literal is announced behind `args`; otherwise the command's line ends there
 *   accept()     takes the announced literal: its octets, to be read to their end; then call `next`
 *   buffer()     holds it in memory instead, as an argument; then call `next`, whose `args` begin where these began
 *
 * A command that throws instead has the announced literal refused, and what the client still sends of it swallowed.
 */
export interface MessageInput {
  readonly args: Args
  readonly announced: boolean
  /** Octets of the announced literal. */
  readonly octets: number
  /** It is a literal8: it may hold NUL. RFC 3516 §4.4 */
  readonly binary: boolean
  accept(): AsyncIterable<Uint8Array>
  buffer(): void
  next(): Promise<void>
}
