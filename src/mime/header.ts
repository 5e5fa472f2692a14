import { asBuffer, type Octets, octetsOf } from '#base/bytes.ts'
import { lower, trim } from './ascii.ts'
import type { Range } from './facts.ts'

/** Header blocks: their fields, and the exact octets of a choice of fields. RFC 5322 §2.2 */

const LF = 10
const SPACE = 32
const COLON = 58

/** One header field where it lies in its block. */
export class Field {
  /** As spelled in the mail. */
  readonly name: Octets
  /** All lines of the field with their line ends, as octets of the block. */
  readonly range: Range
  readonly #block: Octets
  readonly #valueAt: number

  constructor(block: Octets, start: number, nameEnd: number, valueAt: number, end: number) {
    this.name = block.slice(start, nameEnd)
    this.range = [start, end]
    this.#block = block
    this.#valueAt = valueAt
  }

  /** Unfolded, without white space around it, fit to be quoted. */
  get value(): Octets {
    return unfold(this.#block.slice(this.#valueAt, this.range[1]))
  }
}

/**
 * A field's text on one line: folding line ends go, their white space stays; what could not be quoted becomes a space. RFC 5322 §2.2.3
 * Empty lines at the end are folded white space too.
 */
export function unfold(text: Octets): Octets {
  const trimmed = trim(text)
  if (!/[\r\n\0]/.test(trimmed)) return trimmed
  return trimmed.replace(/\r?\n/g, '').replace(/[\r\n\0]/g, ' ')
}

/** The fields of a block from the top to the empty line. Lines that belong to no field (mbox "From ", no colon) are passed over. */
export function* fields(header: Uint8Array | Octets): Generator<Field, void, undefined> {
  const block = typeof header === 'string' ? header : octetsOf(header)
  // A UTF-8 byte order mark that some program left before the first field.
  let at = block.startsWith('\xef\xbb\xbf') ? 3 : 0
  while (at < block.length) {
    const end = fieldEnd(block, at)
    let nameEnd = at
    while (nameEnd < end && isNameOctet(block.charCodeAt(nameEnd))) nameEnd++
    if (nameEnd === at && isEmptyLine(block, at)) return
    let colon = nameEnd
    while (colon < end && isBlank(block.charCodeAt(colon))) colon++
    if (nameEnd > at && block.charCodeAt(colon) === COLON) yield new Field(block, at, nameEnd, colon + 1, end)
    at = end
  }
}

/** Just after the line end of the last line of the field that begins here: lines that start with white space belong to it. */
function fieldEnd(block: Octets, from: number): number {
  let end = from
  do {
    const lf = block.indexOf('\n', end)
    if (lf < 0) return block.length
    end = lf + 1
  } while (end < block.length && isBlank(block.charCodeAt(end)))
  return end
}

const isBlank = (octet: number) => octet === SPACE || octet === 9
const isNameOctet = (octet: number) => octet > SPACE && octet !== COLON && octet !== 127
const isEmptyLine = (block: Octets, at: number) => {
  const first = block.charCodeAt(at)
  return first === LF || (first === 13 && block.charCodeAt(at + 1) === LF)
}

/**
 * Makes the function that gives the octets of BODY[HEADER.FIELDS (...)], or of HEADER.FIELDS.NOT when `negate`: the fields' lines as they
 * are, and the empty line when the header has one. Names match whole, in any case of ASCII. RFC 9051 §6.4.5
 *
 * Made once for a command and run for every message.
 */
export function fieldSelector(names: readonly Octets[], negate: boolean): (header: Uint8Array) => Uint8Array {
  const wanted = new Set(names.map(lower))
  // Most fields are turned away by the length of their name alone.
  const lengths = new Uint8Array(256)
  for (const name of wanted) lengths[Math.min(name.length, 255)] = 1

  return header => {
    const octets = asBuffer(header)
    const ranges: Range[] = []
    let at = octets[0] === 0xef && octets[1] === 0xbb && octets[2] === 0xbf ? 3 : 0
    while (at < octets.length && !startsEmptyLine(octets, at)) {
      const start = at
      let nameEnd = at
      while (nameEnd < octets.length && isNameOctet(octets[nameEnd]!)) nameEnd++
      let colon = nameEnd
      while (colon < octets.length && isBlank(octets[colon]!)) colon++
      at = endOfField(octets, nameEnd)
      if (nameEnd === start || octets[colon] !== COLON) continue
      const length = nameEnd - start
      const match = lengths[Math.min(length, 255)] === 1 && wanted.has(lower(octets.toString('latin1', start, nameEnd)))
      if (match !== negate) ranges.push([start, at])
    }
    if (at < octets.length) ranges.push([at, at + (octets[at] === LF ? 1 : 2)])
    return joinRanges(octets, ranges)
  }
}

/** `fieldSelector` for one header. */
export const selectFields = (header: Uint8Array, names: readonly Octets[], negate: boolean): Uint8Array =>
  fieldSelector(names, negate)(header)

const startsEmptyLine = (octets: Buffer, at: number) =>
  octets[at] === LF || (octets[at] === 13 && octets[at + 1] === LF)

function endOfField(octets: Buffer, from: number): number {
  let at = from
  do {
    while (at < octets.length && octets[at] !== LF) at++
    if (at < octets.length) at++
  } while (at < octets.length && isBlank(octets[at]!))
  return at
}

function joinRanges(octets: Buffer, ranges: readonly Range[]): Uint8Array {
  let total = 0
  for (const [start, end] of ranges) total += end - start
  const joined = Buffer.allocUnsafe(total)
  let at = 0
  for (const [start, end] of ranges) at += octets.copy(joined, at, start, end)
  return joined
}
