import { bytesOf, type Octets, octetsOf } from '#base/bytes.ts'
import { SyntaxFault } from '#base/errors.ts'
import { ChunkQueue } from './chunk-queue.ts'
import {
  type FrameEvent,
  type FramerLimits,
  LITERAL_HEADER_OCTETS,
  type LiteralAnnounced,
  literalAtEnd,
  literalOfTail,
  type Piece,
  splitTag,
} from './frame.ts'

/**
 * Socket chunks in, commands out. Pull style: `push` what came, call `next` until it answers null.
 *
 *   new Framer(limits)    setLimits(limits) after login
 *   push(chunk)           keeps the chunk, does not copy it; the caller must not write to it again
 *   next()                FrameEvent, or null when more input is needed
 *   decide(choice)        answers a 'literal' event; until then next() is not to be called
 *   nextLine()            a plain line, for AUTHENTICATE and IDLE's DONE
 *   waiting               octets pushed and not yet read
 *   takeRest()            the unread octets; the framer begins anew
 *
 * A command whose literals are all buffered is one 'frame'. A streamed literal comes as 'data' events; the next 'literal' or 'frame'
 * event after its last octet has the same tag, and its pieces begin with a Streamed placeholder followed by what was read after it:
 *
 *   a1 APPEND x {5}      literal, soFar = a1 [' APPEND x ']              decide('stream')
 *   hello                data 'hello' last
 *    (\Seen) {3}         literal, soFar = a1 [Streamed, ' (\Seen) ']     decide('stream')
 *   foo                  data 'foo' last
 *   CRLF                 frame a1 [Streamed]
 *
 * Limits count anew after each streamed literal, so MULTIAPPEND may go on for ever. A bare LF ends a line; empty lines between
 * commands are skipped. Cost is linear in the input however it is cut.
 */

export type { Frame, FrameEvent, FramerLimits, Literal, LiteralAnnounced, Piece, Streamed } from './frame.ts'

type Mode =
  | 'text'
  /** A 'literal' event was given out. */
  | 'undecided'
  | 'buffering'
  | 'streaming'
  | 'skipping-octets'
  | 'skipping-line'

const NOTHING = new Uint8Array(0)
const LF = 10
const CR = 13
/** With a CR, so much of a line's end is kept while it is skipped. */
const TAIL_OCTETS = LITERAL_HEADER_OCTETS + 1

export class Framer {
  #limits: FramerLimits
  readonly #input = new ChunkQueue()

  #mode: Mode = 'text'
  /** The unfinished line; while skipping, only its end. */
  #line: Octets = ''
  #begun = false
  #tag: Octets | null = null
  #pieces: Piece[] = []
  #textOctets = 0
  #literalOctets = 0
  #announced: LiteralAnnounced | null = null
  #fault: FrameEvent | null = null
  #target: Uint8Array = NOTHING
  #binary = false
  /** Octets of the current literal that are still to come. */
  #left = 0

  constructor(limits: FramerLimits) {
    this.#limits = limits
  }

  setLimits(limits: FramerLimits): void {
    this.#limits = limits
  }

  get waiting(): number {
    return this.#input.waiting + this.#line.length
  }

  push(chunk: Uint8Array): void {
    this.#input.push(chunk)
  }

  next(): FrameEvent | null {
    for (;;) {
      if (this.#fault !== null) {
        const fault = this.#fault
        this.#fault = null
        return fault
      }
      switch (this.#mode) {
        case 'undecided':
          throw new Error('the announced literal awaits a decision')
        case 'streaming':
          return this.#stream()
        case 'buffering':
          if (!this.#buffer()) return null
          break
        case 'skipping-octets':
        case 'skipping-line':
          if (!this.#skip()) return null
          break
        case 'text': {
          const line = this.#readLine()
          if (line === null) return null
          if (line === undefined) break
          const event = this.#textRead(line)
          if (event !== null) return event
        }
      }
    }
  }

  /**
   * True: the octets are wanted, and a synchronising client is now to be told `+`. False: refused; of a synchronising client nothing
   * more of this command will come, otherwise it is swallowed. 'buffer' beyond the limit is refused too and `next` tells the fault.
   */
  decide(choice: 'buffer' | 'stream' | 'refuse'): boolean {
    const literal = this.#announced
    if (literal === null || this.#mode !== 'undecided') throw new Error('no literal awaits a decision')
    this.#announced = null
    this.#left = literal.octets
    if (choice === 'stream') {
      this.#mode = 'streaming'
      this.#pieces = [{ kind: 'streamed', octets: literal.octets, binary: literal.binary }]
      this.#textOctets = 0
      this.#literalOctets = 0
      return true
    }
    const tooBig = this.#literalOctets + literal.octets > this.#limits.literalOctets
    if (choice === 'buffer' && !tooBig) {
      this.#mode = 'buffering'
      this.#literalOctets += literal.octets
      // The memory is taken when the first octet is there, not when it was promised.
      this.#target = NOTHING
      this.#binary = literal.binary
      return true
    }
    if (choice === 'buffer') this.#fault = { kind: 'fault', reason: 'literal-too-big', tag: this.#tag }
    this.#begin()
    if (!literal.sync) this.#mode = 'skipping-octets'
    return false
  }

  /** A line without its end; null when it is not complete. @throws {SyntaxFault} when it is too long; its rest is skipped */
  nextLine(): Octets | null {
    while (this.#mode === 'skipping-line' || this.#mode === 'skipping-octets') if (!this.#skip()) return null
    if (this.#mode !== 'text' || this.#begun) throw new Error('a command is being read')
    const line = this.#readLine()
    if (line === undefined) {
      this.#fault = null
      throw new SyntaxFault('line too long')
    }
    return line
  }

  /** For STARTTLS, which throws them away, and COMPRESS, which hands them on. */
  takeRest(): Uint8Array {
    const begun = this.#mode === 'text' ? bytesOf(this.#line) : NOTHING
    const rest = this.#input.takeAll()
    this.#fault = null
    this.#announced = null
    this.#begin()
    return begun.length === 0 ? rest : Buffer.concat([begun, rest])
  }

  /** Forgets the command that was being read. */
  #begin(): void {
    this.#mode = 'text'
    this.#line = ''
    this.#begun = false
    this.#tag = null
    this.#pieces = []
    this.#textOctets = 0
    this.#literalOctets = 0
    this.#target = NOTHING
  }

  /** Reads on in the line: null when its end is not here yet, undefined when it is too long (then the fault is set). */
  #readLine(): Octets | null | undefined {
    const room = this.#limits.commandOctets - this.#textOctets
    for (;;) {
      const part = this.#input.takeLine()
      if (part === null) return null
      const ended = part[part.length - 1] === LF
      const text = ended ? part.subarray(0, -1) : part
      // The CR does not count.
      const spare = this.#endsInCr(text) ? 1 : 0
      if (this.#line.length + text.length - spare > room) return this.#tooLong(text, ended)
      this.#line += octetsOf(text)
      if (!ended) continue
      const line = withoutCr(this.#line)
      this.#line = ''
      return line
    }
  }

  #endsInCr(text: Uint8Array): boolean {
    return text.length > 0 ? text[text.length - 1] === CR : this.#line.endsWith('\r')
  }

  #tooLong(text: Uint8Array, ended: boolean): undefined {
    const start = this.#line + octetsOf(text.subarray(0, 1024))
    // Of a line that is one endless word nothing can be called its tag.
    const tag = this.#begun ? this.#tag : start.includes(' ') ? splitTag(start).tag : null
    const tail = this.#line.slice(-TAIL_OCTETS)
    this.#begin()
    this.#fault = { kind: 'fault', reason: 'line-too-long', tag }
    this.#line = tail
    this.#skipText(text, ended)
  }

  /** A complete line of the command: its end, or the header of a literal. */
  #textRead(line: Octets): FrameEvent | null {
    if (!this.#begun && line === '') return null
    this.#textOctets += line.length
    const literal = literalAtEnd(line)
    let text = literal === null ? line : line.slice(0, line.length - literal.header)
    if (!this.#begun) {
      const split = splitTag(text)
      this.#begun = true
      this.#tag = split.tag
      text = split.text
    }
    if (text !== '') this.#pieces.push(text)
    const frame = { tag: this.#tag, pieces: this.#pieces }
    if (literal === null) {
      this.#begin()
      return { kind: 'frame', frame }
    }
    const { octets, sync, binary } = literal
    this.#announced = { octets, sync, binary }
    this.#mode = 'undecided'
    return { kind: 'literal', literal: this.#announced, soFar: frame }
  }

  #stream(): FrameEvent | null {
    const chunk = this.#left === 0 ? NOTHING : this.#input.take(this.#left)
    if (chunk === null) return null
    this.#left -= chunk.length
    const last = this.#left === 0
    if (last) this.#mode = 'text'
    return { kind: 'data', chunk, last }
  }

  /** Copies what is there into the literal; true when it is whole. */
  #buffer(): boolean {
    while (this.#left > 0) {
      const chunk = this.#input.take(this.#left)
      if (chunk === null) return false
      if (this.#target.length === 0) this.#target = new Uint8Array(this.#left)
      this.#target.set(chunk, this.#target.length - this.#left)
      this.#left -= chunk.length
    }
    this.#pieces.push({ kind: 'literal', bytes: this.#target, binary: this.#binary })
    this.#mode = 'text'
    return true
  }

  /** Swallows the rest of a lost command; false when more input is needed for it. */
  #skip(): boolean {
    if (this.#mode === 'skipping-line') {
      const part = this.#input.takeLine()
      if (part === null) return false
      const ended = part[part.length - 1] === LF
      this.#skipText(ended ? part.subarray(0, -1) : part, ended)
      return true
    }
    while (this.#left > 0) {
      const chunk = this.#input.take(this.#left)
      if (chunk === null) return false
      this.#left -= chunk.length
    }
    this.#mode = 'skipping-line'
    return true
  }

  /** A synchronising client waits for `+`, gets BAD instead and goes on with another command; others send the literal anyway. */
  #skipText(text: Uint8Array, ended: boolean): void {
    this.#line = (this.#line + octetsOf(text.subarray(-TAIL_OCTETS))).slice(-TAIL_OCTETS)
    this.#mode = 'skipping-line'
    if (!ended) return
    const literal = literalOfTail(withoutCr(this.#line))
    this.#begin()
    if (literal === null || literal.sync) return
    this.#left = literal.octets
    this.#mode = 'skipping-octets'
  }
}

const withoutCr = (line: Octets): Octets => (line.endsWith('\r') ? line.slice(0, -1) : line)
