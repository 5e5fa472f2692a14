import type { Octets } from '#base/bytes.ts'
import { limits } from '#base/limits.ts'
import { Boundaries, DELIMITER_HEAD } from './boundaries.ts'
import { boundaryOf, type Entity, isIdentity, isMessage, isMultipart, PLAIN_TEXT } from './entity.ts'
import { type HeaderFacts, readHeader, readPartHeader } from './envelope.ts'
import type { Envelope, MessageFacts, Part, Range } from './facts.ts'
import { OctetStore } from './octet-store.ts'
import { param } from './parameters.ts'
import { PreviewMaker } from './preview.ts'
import { ancestors } from './references.ts'
import { sortFacts } from './sort.ts'

/** A part that has begun and not ended. */
type Open = {
  state: 'header' | 'leaf' | 'multipart' | 'message'
  /** Its header is a message's: the root's or an embedded one's. */
  readonly heads: boolean
  readonly inDigest: boolean
  readonly headerStart: number
  bodyStart: number
  /** Line ends before the body. */
  linesBefore: number
  entity: Entity | null
  /** Of the header itself, when it heads a message. */
  envelope: Envelope | null
  readonly parts: Part[]
  /** The message inside a MESSAGE/RFC822, once it is complete. */
  inside: { readonly envelope: Envelope; readonly message: Part } | null
}

const CR = 13

/**
 * Builds the tree of parts from the lines of a message. Owns the stack of open parts: the last is the one that lines belong to.
 *
 * What cannot be looked into is shown as what every client understands: a multipart without parts as plain text, a container that is too
 * deep, one part too many or an encoded MESSAGE/RFC822 as APPLICATION/OCTET-STREAM.
 */
export class PartTree {
  /** Octets of a line that `line` has to see. */
  static readonly LINE_HEAD = DELIMITER_HEAD

  readonly #stack: Open[] = []
  readonly #boundaries = new Boundaries()
  readonly #preview = new PreviewMaker()
  #parts = 0
  #lines = 0
  /** Length of the line end before the current line. */
  #eol = 0
  #root: Part | null = null
  #top: HeaderFacts | null = null

  #chunk: Buffer = Buffer.alloc(0)
  #chunkStart = 0
  /** The header being read, as far as it came in earlier chunks. */
  #header: OctetStore | null = null
  #headerRoom: number = limits.mimeHeadersOctets

  constructor() {
    this.#open(0, false, true)
  }

  get inHeader(): boolean {
    return this.#stack[this.#stack.length - 1]!.state === 'header'
  }

  /** From now on lines lie in this chunk, whose first octet is the message's octet `start`. */
  chunk(octets: Buffer, start: number): void {
    this.#chunk = octets
    this.#chunkStart = start
  }

  /** The chunk is going away: what is needed of it is copied. */
  endChunk(): void {
    const end = this.#chunkStart + this.#chunk.length
    if (this.inHeader) this.#storeHeader(end)
    else this.#preview.take(this.#chunk, this.#chunkStart, end)
    this.#chunk = this.#chunk.subarray(this.#chunk.length)
    this.#chunkStart = end
  }

  /** A line of a body that is no delimiter. */
  bodyLine(eol: number): void {
    this.#lines++
    this.#eol = eol
  }

  /**
   * A line of a header, or one that may be a delimiter: [from, to) of `octets` is (the beginning of) it without LF; it lies in [start, next) of
   * the message. `eol` is 0 when the message ended in it.
   */
  line(octets: Buffer, from: number, to: number, start: number, next: number, eol: number): void {
    const delimiter = this.#boundaries.size > 0 ? this.#boundaries.match(octets, from, to) : null
    if (delimiter !== null && (delimiter.closes || this.#parts < limits.mimeParts)) {
      this.#closeAbove(delimiter.level, start)
      this.#count(eol)
      if (delimiter.closes) this.#boundaries.forget(delimiter.level)
      else {
        this.#boundaries.forget(delimiter.level + 1)
        const { subtype } = this.#stack[delimiter.level]!.entity!
        this.#open(next, subtype === 'DIGEST', false)
      }
      return
    }
    this.#count(eol)
    const empty = eol > 0 && (to === from || (to === from + 1 && octets[from] === CR))
    if (empty && this.inHeader) this.#endHeader(next)
  }

  /** The message ends here. */
  end(octets: number): MessageFacts {
    // Twice when an embedded message would begin just here.
    while (this.inHeader) this.#endHeader(octets)
    while (this.#stack.length > 0) this.#close(octets, this.#lines)
    const top = this.#top!
    const structure = this.#root!
    const hint = param(top.entity.params, 'charset') ?? ''
    return {
      octets,
      header: structure.header,
      envelope: top.envelope,
      structure,
      sort: sortFacts(top.envelope, hint),
      references: ancestors(top.references, top.envelope.inReplyTo),
      preview: this.#preview.make(structure),
    }
  }

  #count(eol: number): void {
    if (eol === 0) return
    this.#lines++
    this.#eol = eol
  }

  #open(headerStart: number, inDigest: boolean, heads: boolean): void {
    this.#parts++
    this.#stack.push({
      state: 'header',
      heads,
      inDigest,
      headerStart,
      bodyStart: headerStart,
      linesBefore: 0,
      entity: null,
      envelope: null,
      parts: [],
      inside: null,
    })
  }

  /** Puts the header's octets up to here into the store. */
  #storeHeader(end: number): void {
    const open = this.#stack.at(-1)!
    this.#header ??= new OctetStore(Math.min(limits.mimeHeaderOctets, this.#headerRoom))
    const from = Math.max(open.headerStart, this.#chunkStart)
    if (from < end) this.#header.append(this.#chunk, from - this.#chunkStart, end - this.#chunkStart)
  }

  /** The octets of the header that ends here. */
  #takeHeader(end: number): Octets {
    const open = this.#stack.at(-1)!
    const room = Math.min(limits.mimeHeaderOctets, this.#headerRoom)
    let text: Octets
    if (this.#header === null && open.headerStart >= this.#chunkStart) {
      const from = open.headerStart - this.#chunkStart
      text = this.#chunk.toString('latin1', from, Math.max(from, Math.min(end - this.#chunkStart, from + room)))
    } else {
      this.#storeHeader(end)
      this.#header!.truncate(end - open.headerStart)
      text = this.#header!.text()
    }
    this.#header = null
    this.#headerRoom -= text.length
    return text
  }

  /** The current part's header ends here and its body begins. */
  #endHeader(end: number): void {
    const open = this.#stack.at(-1)!
    const text = this.#takeHeader(end)
    if (open.heads) {
      const facts = readHeader(text)
      open.entity = facts.entity
      open.envelope = facts.envelope
      this.#top ??= facts
    } else open.entity = readPartHeader(text, open.inDigest)
    open.bodyStart = end
    open.linesBefore = this.#lines
    this.#enter(open, open.entity)
  }

  /** Decides what the body is. */
  #enter(open: Open, entity: Entity): void {
    const level = this.#stack.length - 1
    const boundary = isMultipart(entity) ? boundaryOf(entity) : null
    const container = boundary !== null || (isMessage(entity) && isIdentity(entity.encoding))
    const roomy = level < limits.mimeDepth && this.#parts < limits.mimeParts
    if (container && roomy && boundary !== null) {
      open.state = 'multipart'
      this.#boundaries.add(boundary, level)
    } else if (container && roomy) {
      open.state = 'message'
      this.#open(open.bodyStart, false, true)
    } else {
      open.state = 'leaf'
      if (container || isMessage(entity)) Object.assign(entity, OPAQUE)
      else if (isMultipart(entity)) Object.assign(entity, PLAIN_TEXT)
      this.#preview.begin(entity, open.bodyStart, this.#embedded())
    }
  }

  #embedded(): boolean {
    return this.#stack.some(open => open.state === 'message')
  }

  /** A delimiter line that begins at `lineStart` ends all parts below this level. RFC 2046 §5.1.2 */
  #closeAbove(level: number, lineStart: number): void {
    // The line end before the delimiter belongs to it. RFC 2046 §5.1.1
    const end = lineStart - this.#eol
    if (this.inHeader) {
      this.#endHeader(Math.max(this.#stack.at(-1)!.headerStart, end))
      // What this opened for an embedded message ends with it.
      while (this.inHeader) this.#endHeader(this.#stack.at(-1)!.headerStart)
    }
    while (this.#stack.length > level + 1) {
      const open = this.#stack.at(-1)!
      const outermost = this.#stack.length === level + 2
      // Nothing inside may reach beyond the outermost part that ends. That one, when its body is empty, keeps the empty line of its header.
      if (!outermost && open.bodyStart > end) open.bodyStart = Math.max(end, open.headerStart)
      const empty = open.bodyStart > end
      this.#close(empty ? open.bodyStart : end, empty ? this.#lines : this.#lines - 1)
    }
  }

  /** Ends the innermost part. `lines` are the line ends before the end of its body. */
  #close(bodyEnd: number, lines: number): void {
    const open = this.#stack.pop()!
    this.#boundaries.forget(this.#stack.length)
    if (open.state === 'leaf') this.#preview.end(this.#chunk, this.#chunkStart, bodyEnd)
    const part = toPart(open, bodyEnd, Math.max(0, lines - open.linesBefore))
    const parent = this.#stack.at(-1)
    if (parent === undefined) this.#root = part
    else if (parent.state === 'multipart') parent.parts.push(part)
    else parent.inside = { envelope: open.envelope!, message: part }
  }
}

const OPAQUE = { type: 'APPLICATION', subtype: 'OCTET-STREAM' }

function toPart(open: Open, bodyEnd: number, lines: number): Part {
  const header: Range = [open.headerStart, open.bodyStart]
  const body: Range = [open.bodyStart, bodyEnd]
  const { type, subtype, params, disposition, language, location, id, description, encoding, md5 } = open.entity!
  const { parts } = open
  const base = { type, subtype, params, header, body, disposition, language, location }
  if (parts.length > 0) return { kind: 'multipart', ...base, parts }
  const single = { ...base, id, description, encoding, md5, lines }
  if (open.inside !== null) return { kind: 'message', ...single, ...open.inside }
  // A multipart without parts breaks clients; its text is what there is to show.
  return open.state === 'multipart' ? { kind: 'leaf', ...single, ...PLAIN_TEXT } : { kind: 'leaf', ...single }
}
