import { asBuffer } from '#base/bytes.ts'
import { KEPT_PREFIX, mayBeField, needsPrefix } from './mbox-fields.ts'

const LF = 10
const CR = 13
const FROM = Buffer.from('From ')
const PREFIX = Buffer.from(KEPT_PREFIX)
const QUOTE = 0x3e

/** Longer lines are looked at by their beginning only. */
const LINE_OCTETS = 64 * 1024
/** Enough of a line to see which field it is. */
const FIELD_OCTETS = 512

/** A message's octets to those of an mbox: line ends LF, "From " lines quoted as mboxrd has it, own fields with the names of marks prefixed. */
export class MboxLines {
  #rest: Buffer = Buffer.alloc(0)
  #inHeader = true
  #insideLine = false

  push(chunk: Uint8Array): Buffer {
    const buffer = this.#rest.length === 0 ? asBuffer(chunk) : Buffer.concat([this.#rest, chunk])
    // Every prefix is shorter than the least line that gets it, but for the quote of two.
    const out = Buffer.allocUnsafe(buffer.length * 2)
    let to = 0
    let at = 0
    for (let end = buffer.indexOf(LF) + 1; end > 0; at = end, end = buffer.indexOf(LF, at) + 1) {
      to = this.#beginLine(buffer, at, end, out, to)
      this.#insideLine = false
      const text = end - at >= 2 && buffer[end - 2] === CR ? end - 2 : end - 1
      to += buffer.copy(out, to, at, text)
      out[to++] = LF
    }
    if (buffer.length - at > LINE_OCTETS) {
      to = this.#beginLine(buffer, at, buffer.length, out, to)
      this.#insideLine = true
      // A CR may belong to the line end that comes next.
      const end = buffer[buffer.length - 1] === CR ? buffer.length - 1 : buffer.length
      to += buffer.copy(out, to, at, end)
      at = end
    }
    this.#rest = buffer.subarray(at)
    return out.subarray(0, to)
  }

  /** The rest, with the line end that a last line must have here. */
  end(): Buffer {
    return this.#insideLine || this.#rest.length > 0 ? this.push(Buffer.from('\n')) : Buffer.alloc(0)
  }

  #beginLine(buffer: Buffer, at: number, end: number, out: Buffer, to: number): number {
    if (this.#insideLine) return to
    const first = buffer[at]!
    if (this.#inHeader) {
      if (first === LF || (first === CR && buffer[at + 1] === LF)) this.#inHeader = false
      else if (mayBeField(first) && needsPrefix(buffer.toString('latin1', at, Math.min(end, at + FIELD_OCTETS)))) {
        return to + PREFIX.copy(out, to)
      }
    }
    if (first !== QUOTE && first !== FROM[0]) return to
    let from = at
    while (from < end && buffer[from] === QUOTE) from++
    if (!buffer.subarray(from, from + FROM.length).equals(FROM)) return to
    out[to] = QUOTE
    return to + 1
  }
}
