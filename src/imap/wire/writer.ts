import { type Octets, utf8Octets } from '#base/bytes.ts'
import { formatDateTime } from './dates.ts'
import { systemFlags } from './flags.ts'
import { rangesOf } from './sets.ts'
import type { SequenceSet } from './syntax.ts'
import { encodeUtf7 } from './utf7.ts'

/**
 * Values to the octets of responses, as binary strings. Every function is total: what cannot be sent is replaced, never sent.
 *
 *   quoted(octets)  string(octets)  nstring(octets | null)  astring(octets)  literalHeader(octets, binary?)
 *   mailboxName(name, utf8)       flags(bits, keywords, recent?)    internalDate(at, zone)
 *   uidSet(ascending)  ranges(ranges)  sequenceSet(set)             list(items)
 *   responseText(code, text)      '[APPENDUID 1 2] Done'
 */

// TEXT-CHAR without the controls, which old parsers choke on.
const QUOTABLE = /^[\x20-\x7e]*$/

/** For octets known to be harmless; others become '?'. */
export function quoted(octets: Octets): Octets {
  const safe = QUOTABLE.test(octets) ? octets : octets.replace(/[^\x20-\x7e\x80-\xff]/g, '?')
  return `"${safe.replace(/["\\]/g, '\\$&')}"`
}

/** Quoted when it is printable ASCII, else a literal. A literal cannot carry NUL. RFC 9051 §9 CHAR8 */
export function string(octets: Octets): Octets {
  if (QUOTABLE.test(octets)) return /["\\]/.test(octets) ? quoted(octets) : `"${octets}"`
  const bytes = octets.replaceAll('\0', '?')
  return `{${bytes.length}}\r\n${bytes}`
}

export const nstring = (octets: Octets | null): Octets => (octets === null ? 'NIL' : string(octets))

/** Atoms only where nobody can misread them: those led by digits and NIL trouble some parsers. */
export const astring = (octets: Octets): Octets =>
  /^[A-Za-z][A-Za-z0-9._-]*$/.test(octets) && !/^nil$/i.test(octets) ? octets : string(octets)

/** Stands before the octets of a string that are written apart; `binary` when they may hold NUL. RFC 3516 §4.2 */
export const literalHeader = (octets: number, binary = false): Octets => `${binary ? '~' : ''}{${octets}}\r\n`

/** UTF-8 in quotes when the client enabled it, else modified UTF-7. RFC 9051 §5.1, RFC 3501 §5.1.3 */
export function mailboxName(name: string, utf8: boolean): Octets {
  if (name === 'INBOX') return name
  return quoted(utf8 ? utf8Octets(name) : encodeUtf7(name))
}

/** `keywords` as atoms, or as the metadata port's canonical text of them. */
export function flags(bits: number, keywords: string | readonly string[], recent = false): Octets {
  const system = systemFlags(bits)
  const words = typeof keywords === 'string' ? keywords : keywords.join(' ')
  const shown = system === '' || words === '' ? system + words : `${system} ${words}`
  if (!recent) return `(${shown})`
  return shown === '' ? '(\\Recent)' : `(${shown} \\Recent)`
}

/** Milliseconds since 1970 UTC and minutes east of UTC -> `"03-Feb-2025 10:00:00 +0100"`. */
export const internalDate = (at: number, zone: number): Octets => `"${formatDateTime(at, zone)}"`

/** Ascending numbers, runs folded: '1:3,7'. An empty list is '', which no grammar allows: do not send it. */
export const uidSet = (ascending: ArrayLike<number>): Octets => ranges(rangesOf(ascending))

export const ranges = (set: readonly (readonly [number, number])[]): Octets =>
  set.map(([from, to]) => (from === to ? seqNumber(from) : `${seqNumber(from)}:${seqNumber(to)}`)).join(',')

export const sequenceSet = (set: SequenceSet): Octets => (set === 'saved' ? '$' : ranges(set))

const seqNumber = (n: number): string => (n === Number.POSITIVE_INFINITY ? '*' : `${n}`)

export const list = (items: readonly Octets[]): Octets => `(${items.join(' ')})`

/** A response code: its name and ready-made arguments. RFC 9051 §7.1 */
export type ResponseCode = readonly [name: string, ...args: readonly (string | number)[]]

/** resp-text: the code, when there is one, and words for people. Both become one harmless line of ASCII. */
export function responseText(code: ResponseCode | null, text: string): Octets {
  const words = text.replace(/[^\x20-\x7e]+/g, '?').trim()
  // Some clients insist on text, and text that begins with '[' would be read as a code.
  const shown = words === '' ? 'Done' : code === null && words.startsWith('[') ? `- ${words}` : words
  return code === null ? shown : `[${code.join(' ').replace(/[\r\n\0\]]/g, '?')}] ${shown}`
}
