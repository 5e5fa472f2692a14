import type { Args } from '../wire/reader.ts'

/**
 * A streaming command's view of its own input: arguments, then literals that pass through, one after another.
 *
 * `next` answers 'literal' when the client announced one (its arguments so far are in `args`), or 'end' when the command's line is
 * complete. An announced literal is either taken with `accept` and read to its end, or the command throws: the loop then refuses it
 * and swallows what the client still sends.
 */
export interface MessageInput {
  /** Cursor over what was read since the command's name; each literal that streamed past stands in it as one streamed piece. */
  readonly args: Args
  /** Octets of the announced literal. */
  readonly octets: number
  /** Literal8: may hold NUL. RFC 3516 §4.4 */
  readonly binary: boolean
  accept(): AsyncIterable<Uint8Array>
  /** Holds the announced literal in memory instead, as an argument (a URL, a mailbox name). */
  buffer(): void
  next(): Promise<'literal' | 'end'>
}
