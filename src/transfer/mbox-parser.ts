import { asBuffer } from '#base/bytes.ts'
import { LineEnds } from '#mail/line-ends.ts'
import type { HeaderDate } from '#mime/dates.ts'
import type { Quoting } from '#ports/transfer.ts'
import { hasPrefix, KEPT_PREFIX, Marks, mayBeField } from './mbox-fields.ts'
import { fromLineDate, isBareFromLine } from './mbox-from.ts'
import { atoms, type SourceEvent } from './source.ts'

const LF = 10
const CR = 13
const FROM = Buffer.from('From ')
const QUOTE = 0x3e

/** A line is looked at as a whole up to this length; of a longer one only its beginning, so that memory stays small. */
const LINE_OCTETS = 64 * 1024

/**
 * An mbox in chunks to messages. Chunks must not be written to again: events show their memory. A message begins at a "From " line with a date, or behind an empty line at one that has none; the empty line
 * before it belongs to no message, nor does one at the end of the file.
 */
export class MboxParser {
  readonly #path: string
  readonly #quoting: Quoting
  #state: 'none' | 'header' | 'body' = 'none'
  #rest: Buffer = Buffer.alloc(0)
  /** Place of `#rest` in the file. */
  #offset = 0
  #insideLine = false
  #folding = false
  #lineEnds = new LineEnds()
  #marks = new Marks()
  #date: HeaderDate | null = null
  #complained = false
  #events: SourceEvent[] = []

  constructor(path: string, quoting: Quoting) {
    this.#path = path
    this.#quoting = quoting
  }

  push(chunk: Uint8Array): readonly SourceEvent[] {
    const buffer = this.#rest.length === 0 ? asBuffer(chunk) : Buffer.concat([this.#rest, chunk])
    let run = 0
    let blank = 0
    let at = 0
    for (let end = buffer.indexOf(LF) + 1; end > 0; at = end, end = buffer.indexOf(LF, at) + 1) {
      if (this.#insideLine) {
        this.#insideLine = false
        blank = 0
        if (this.#state === 'none') run = end
        continue
      }
      const afterBlank = blank
      const isBlank = end - at === 1 || (end - at === 2 && buffer[at] === CR)
      blank = isBlank ? end - at : 0
      if (isBlank) {
        if (this.#state === 'header') this.#state = 'body'
        if (this.#state === 'none') run = end
        this.#folding = false
        continue
      }
      if (this.#beginsMessage(buffer, at, end, afterBlank > 0)) {
        this.#emit(buffer, run, at - afterBlank)
        this.#finish()
        this.#begin(buffer, at, end)
        run = end
        continue
      }
      if (this.#state === 'none') {
        this.#complain(at)
        run = end
        continue
      }
      const cut = this.#cut(buffer, at, end)
      if (cut > 0) {
        this.#emit(buffer, run, at)
        run = at + cut
      }
    }
    if (!this.#insideLine && buffer.length - at > LINE_OCTETS) {
      if (this.#state === 'none') this.#complain(at)
      else {
        const cut = this.#quoteAt(buffer, at, buffer.length)
        if (cut > 0) this.#emit(buffer, run, at)
        run = cut > 0 ? at + cut : run
      }
      this.#insideLine = true
    }
    // An empty line waits for what follows it, and so does a line that is not whole.
    const keep = Math.max(run, this.#insideLine ? buffer.length : at - blank)
    this.#emit(buffer, run, keep)
    this.#rest = buffer.subarray(keep)
    this.#offset += keep
    return this.#take()
  }

  /** No more octets. A last line without an end gets one. */
  end(): readonly SourceEvent[] {
    const open = this.#insideLine || (this.#rest.length > 0 && this.#rest.at(-1) !== LF)
    const events = open ? this.push(Buffer.from('\n')) : []
    this.#finish()
    this.#state = 'none'
    return [...events, ...this.#take()]
  }

  #beginsMessage(buffer: Buffer, at: number, end: number, afterBlank: boolean): boolean {
    if (buffer[at] !== FROM[0] || buffer.compare(FROM, 0, FROM.length, at, Math.min(end, at + FROM.length)) !== 0)
      return false
    const line = lineAt(buffer, at, end)
    return fromLineDate(line) !== null || ((afterBlank || this.#state === 'none') && isBareFromLine(line))
  }

  #begin(buffer: Buffer, at: number, end: number): void {
    this.#date = fromLineDate(lineAt(buffer, at, end))
    this.#state = 'header'
    this.#folding = false
    this.#lineEnds = new LineEnds()
    this.#marks = new Marks()
    this.#events.push({ kind: 'begin', place: `${this.#path}@${this.#offset + at}` })
  }

  /** How many octets at the beginning of a line are not the message's own. */
  #cut(buffer: Buffer, at: number, end: number): number {
    if (this.#state === 'header') {
      const first = buffer[at]!
      if (this.#folding && (first === 0x20 || first === 0x09)) {
        this.#marks.fold(lineAt(buffer, at, end))
        return end - at
      }
      this.#folding = false
      if (mayBeField(first)) {
        const line = lineAt(buffer, at, end)
        if (hasPrefix(line)) return KEPT_PREFIX.length
        const taken = this.#marks.take(line)
        this.#folding = taken === 'folds'
        if (taken !== false) return end - at
      }
    }
    return this.#quoteAt(buffer, at, end)
  }

  #quoteAt(buffer: Buffer, at: number, end: number): number {
    if (buffer[at] !== QUOTE || this.#quoting === 'none') return 0
    let from = at + 1
    if (this.#quoting === 'mboxrd') while (from < end && buffer[from] === QUOTE) from++
    return buffer.subarray(from, from + FROM.length).equals(FROM) ? 1 : 0
  }

  #emit(buffer: Buffer, from: number, to: number): void {
    if (to <= from || this.#state === 'none') return
    this.#events.push({ kind: 'data', bytes: this.#lineEnds.convert(buffer.subarray(from, to)) })
  }

  #finish(): void {
    if (this.#state === 'none') return
    const { flags, uid, keywords, internal } = this.#marks
    const { at = null, zone = 0 } = this.#date ?? {}
    this.#events.push(
      internal
        ? { kind: 'drop' }
        : { kind: 'end', labels: { uid, flags, keywords: atoms(keywords), receivedAt: at, zone } },
    )
  }

  #complain(at: number): void {
    if (this.#complained) return
    this.#complained = true
    this.#events.push({
      kind: 'broken',
      place: `${this.#path}@${this.#offset + at}`,
      problem: 'is before the first "From " line: not an mbox?',
    })
  }

  #take(): readonly SourceEvent[] {
    const events = this.#events
    this.#events = []
    return events
  }
}

/** Without its line end, one character for each octet. */
function lineAt(buffer: Buffer, at: number, end: number): string {
  let to = end
  if (buffer[to - 1] === LF) to -= 1
  if (buffer[to - 1] === CR) to -= 1
  return buffer.toString('latin1', at, Math.max(at, to))
}
