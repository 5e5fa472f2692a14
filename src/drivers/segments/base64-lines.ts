import { asBuffer } from '#base/bytes.ts'

/**
 * A run of full base64 lines that all have `chars` characters and a line end of `end` octets (LF, or CR LF). Full means that no line has
 * padding, so the lines hold `chars / 4 * 3` octets each and decoding and encoding again are arithmetic. RFC 2045 §6.8
 */
export type LineForm = { readonly chars: number; readonly end: 1 | 2 }

export const lineOctets = ({ chars, end }: LineForm): number => chars + end
export const lineContent = ({ chars }: LineForm): number => (chars / 4) * 3

const CR = 13
const LF = 10

/** How long lines of a run may be; real ones have 60 to 76 characters, some have a thousand. */
const CHARS_MIN = 40
const CHARS_MAX = 2048

/** The form of the line that ends with the LF at `lf`, when a run may begin with it. */
export function formOfLine(bytes: Uint8Array, start: number, lf: number): LineForm | null {
  const end = lf > start && bytes[lf - 1] === CR ? 2 : 1
  const chars = lf + 1 - end - start
  return chars >= CHARS_MIN && chars <= CHARS_MAX && chars % 4 === 0 ? { chars, end } : null
}

/** How many lines from `start` end where lines of the form must, at most `most`. Says nothing of what is in them. */
export function countLines(bytes: Uint8Array, start: number, form: LineForm, most: number): number {
  const step = lineOctets(form)
  let count = 0
  for (let lf = start + step - 1; count < most && lf < bytes.length; lf += step, count++) {
    if (bytes[lf] !== LF || (form.end === 2 && bytes[lf - 1] !== CR)) break
  }
  return count
}

/** What the lines hold; null unless encoding it again gives exactly the same octets. */
export function decodeLines(lines: Uint8Array, form: LineForm): Buffer | null {
  // The decoder skips line ends, and whatever else is no base64: the comparison finds that out.
  const content = Buffer.from(asBuffer(lines).toString('latin1'), 'base64')
  if (content.length !== (lines.length / lineOctets(form)) * lineContent(form)) return null
  return encodeLines(content, form).equals(lines) ? content : null
}

/** The lines for content that fills them. */
export function encodeLines(content: Uint8Array, form: LineForm): Buffer {
  const bytes = asBuffer(content)
  const { chars, end } = form
  const count = bytes.length / lineContent(form)
  const out = Buffer.allocUnsafe(count * lineOctets(form))
  const text = Buffer.from(bytes.toString('base64'), 'latin1')
  for (let i = 0, from = 0, to = 0; i < count; i++, from += chars) {
    text.copy(out, to, from, from + chars)
    to += chars
    if (end === 2) out[to++] = CR
    out[to++] = LF
  }
  return out
}
