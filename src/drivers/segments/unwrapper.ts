import { asBuffer } from '#base/bytes.ts'
import { countLines, decodeLines, formOfLine, type LineForm, lineOctets } from './base64-lines.ts'
import type { Piece } from './packed-index.ts'

/** A run is worth its entry in the index from so many lines on. */
const RUN_LINES = 4
/** Octets of a run that are decoded and compared at a time. */
const BLOCK_OCTETS = 16 * 1024
/** Octets without a line end after which nothing but text is expected. */
const LINE_OCTETS = 4096
/** Pieces after which the rest is taken as text: who mixes lines that are base64 and lines that are not gets no more of our time. */
const PIECES_MAX = 2_000
const LF = 10

/**
 * Takes the base64 out of a body as it streams by: `content` is the body with its runs of base64 lines decoded, `pieces` says how to get
 * back. Looks at lines alone, not at MIME: what does not come back exactly is left as it is, wherever it stands.
 */
export class Unwrapper {
  readonly pieces: Piece[] = []
  /** Octets that cannot be judged before more have come. */
  #pending: Buffer = Buffer.alloc(0)
  /** Where the last step left off in the octets at hand. */
  #end = 0
  #run: LineForm | null = null
  #atLine = true

  /** Content that is ready. Keeps views of the chunk. */
  write(chunk: Uint8Array): Uint8Array[] {
    return this.#take(this.#pending.length === 0 ? asBuffer(chunk) : Buffer.concat([this.#pending, chunk]), false)
  }

  end(): Uint8Array[] {
    return this.#take(this.#pending, true)
  }

  #take(bytes: Buffer, last: boolean): Uint8Array[] {
    const content: Uint8Array[] = []
    let at = 0
    for (;;) {
      const next = this.#run === null ? this.#text(bytes, at, last, content) : this.#lines(bytes, at, last, content)
      if (next === null) break
      at = next
    }
    this.#pending = bytes.subarray(this.#end)
    return content
  }

  /** Text up to the next run, or as far as can be told. Answers where the run begins. */
  #text(bytes: Buffer, start: number, last: boolean, content: Uint8Array[]): number | null {
    let line = start
    let run: LineForm | null = null
    while (line < bytes.length) {
      const lf = bytes.indexOf(LF, line)
      if (lf < 0) {
        // Without a line end for so long it is no line of ours: let it go, and look again at the next line.
        if (last || !this.#atLine || bytes.length - line > LINE_OCTETS) {
          line = bytes.length
          this.#atLine = false
        }
        break
      }
      const form = this.#atLine && this.pieces.length < PIECES_MAX ? formOfLine(bytes, line, lf) : null
      if (form !== null) {
        const found = countLines(bytes, line, form, RUN_LINES)
        const reach = line + RUN_LINES * lineOctets(form)
        if (found === RUN_LINES && decodeLines(bytes.subarray(line, reach), form) !== null) {
          run = form
          break
        }
        // The lines that are there fit, and more may come.
        if (!last && reach > bytes.length && line + found * lineOctets(form) + lineOctets(form) > bytes.length) break
      }
      line = lf + 1
      this.#atLine = true
    }
    this.#keepText(bytes.subarray(start, line), content)
    this.#end = line
    if (run === null) return null
    this.#run = run
    this.pieces.push({ ...run, lines: 0 })
    return line
  }

  /** A block of lines of the run. Answers where it ends. */
  #lines(bytes: Buffer, start: number, last: boolean, content: Uint8Array[]): number | null {
    const form = this.#run!
    const step = lineOctets(form)
    const most = Math.max(1, Math.floor(BLOCK_OCTETS / step))
    const count = countLines(bytes, start, form, most)
    this.#end = start
    // A short block only where the run ends: whole blocks are cheaper.
    if (!last && count < most && start + (count + 1) * step > bytes.length) return null
    const [taken, block] = count === 0 ? [0, null] : exactLines(bytes, start, form, count)
    if (block !== null) {
      content.push(block)
      this.pieces[this.pieces.length - 1] = { ...form, lines: (this.pieces.at(-1) as { lines: number }).lines + taken }
    }
    this.#end = start + taken * step
    if (taken < most) this.#run = null
    return this.#end
  }

  #keepText(text: Uint8Array, content: Uint8Array[]): void {
    if (text.length === 0) return
    content.push(text)
    const previous = this.pieces.at(-1)
    if (previous !== undefined && 'octets' in previous) {
      this.pieces[this.pieces.length - 1] = { octets: previous.octets + text.length }
    } else this.pieces.push({ octets: text.length })
  }
}

/** As many of the lines as come back exactly, and what they hold. */
function exactLines(bytes: Buffer, start: number, form: LineForm, count: number): [lines: number, Buffer | null] {
  const step = lineOctets(form)
  const whole = decodeLines(bytes.subarray(start, start + count * step), form)
  if (whole !== null) return [count, whole]
  let good = 0
  while (decodeLines(bytes.subarray(start + good * step, start + (good + 1) * step), form) !== null) good += 1
  return good === 0 ? [0, null] : [good, decodeLines(bytes.subarray(start, start + good * step), form)]
}
