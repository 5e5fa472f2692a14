import type { Octets } from '#base/bytes.ts'

/**
 * A command as it came: text (binary strings, line ends and literal headers removed) and literals between them.
 *
 *   Frame            tag and pieces; `a1 LOGIN {3}CRLF bob {6}CRLF secret` is tag 'a1', pieces [' LOGIN ', bob, ' ', secret]
 *   Piece            text | Literal | Streamed
 *   FrameEvent       what the framer says
 */

/** A literal that is held in memory. `binary` for `~{n}`: octets may be NUL. RFC 3516 §4.4 */
export type Literal = { readonly kind: 'literal'; readonly bytes: Uint8Array; readonly binary: boolean }

/** Stands where a literal was that went by as `data` events. Always the first piece of its frame. */
export type Streamed = { readonly kind: 'streamed'; readonly octets: number; readonly binary: boolean }

export type Piece = Octets | Literal | Streamed

export type Frame = {
  /** null when the line does not begin with a tag: answer an untagged BAD. */
  readonly tag: Octets | null
  /** What follows the tag, its space included. No two texts are neighbours, none is empty. */
  readonly pieces: readonly Piece[]
}

// 1*<any ASTRING-CHAR except "+">. RFC 9051 §9
const TAG = /^[^\x00-\x20\x7f-\xff(){%*"\\+]+(?= |$)/

/** Takes the tag off the first text of a command. */
export function splitTag(line: Octets): { readonly tag: Octets | null; readonly text: Octets } {
  const tag = TAG.exec(line)?.[0]
  return tag === undefined ? { tag: null, text: line } : { tag, text: line.slice(tag.length) }
}

/** {n} {n+} {n-}, each with `~` for literal8. `sync`: the client waits for `+` before it sends. RFC 7888 §4 */
export type LiteralAnnounced = { readonly octets: number; readonly sync: boolean; readonly binary: boolean }

export type FramerLimits = {
  /** Text of one command without line ends and literals' octets. */
  readonly commandOctets: number
  /** All buffered literals of one command together. */
  readonly literalOctets: number
}

export type FrameEvent =
  | { readonly kind: 'frame'; readonly frame: Frame }
  /** `soFar` is only good until decide(). */
  | { readonly kind: 'literal'; readonly literal: LiteralAnnounced; readonly soFar: Frame }
  /** Octets of a streamed literal, as they lie in the pushed chunk; an empty literal is one empty chunk. */
  | { readonly kind: 'data'; readonly chunk: Uint8Array; readonly last: boolean }
  /** The command is lost: its rest, with the non-synchronising literals it announces, is swallowed. Comes once per command. */
  | { readonly kind: 'fault'; readonly reason: 'line-too-long' | 'literal-too-big'; readonly tag: Octets | null }

/** No literal header is longer, so this much of a line's end shows whether there is one. */
export const LITERAL_HEADER_OCTETS = 24

const LITERAL_HEADER = /(~?)\{(\d{1,20})([+-]?)\}$/

/** A literal's announcement with the length of its header. */
type Announcement = LiteralAnnounced & { readonly header: number }

/** The literal that a line announces with its last characters; null when there is none. */
export function literalAtEnd(line: Octets): Announcement | null {
  if (line.charCodeAt(line.length - 1) !== 0x7d) return null
  const found = literalOfTail(line.slice(-LITERAL_HEADER_OCTETS))
  return found === null || endsInQuotes(line) ? null : found
}

/** The same when only the line's end is known. The pattern must never search a long line. */
export function literalOfTail(tail: Octets): Announcement | null {
  const found = LITERAL_HEADER.exec(tail)
  if (found === null) return null
  return {
    octets: Math.min(Number(found[2]), Number.MAX_SAFE_INTEGER),
    sync: found[3] === '',
    binary: found[1] === '~',
    header: found[0].length,
  }
}

/** True when a quoted string is still open at the end of the text: what looks like a literal header there is none. */
function endsInQuotes(text: Octets): boolean {
  let open = false
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c === 0x22) open = !open
    else if (open && c === 0x5c) i++
  }
  return open
}
