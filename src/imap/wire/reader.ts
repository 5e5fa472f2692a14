import { isUtf8, type Octets, octetsOf } from '#base/bytes.ts'
import { SyntaxFault } from '#base/errors.ts'
import { limits } from '#base/limits.ts'
import { type DateTime, parseDate, parseDateTime } from './dates.ts'
import { flagListOf } from './flags.ts'
import type { Frame, Piece } from './frame.ts'
import { decodeMailboxName, decodePattern } from './mailbox-name.ts'
import type { Day, FlagList, SequenceSet } from './syntax.ts'

/**
 * A cursor over a command's text and literals. Each method takes what it names or throws a SyntaxFault; only the mailbox names may
 * also throw a Refusal ('mailbox-name').
 *
 *   new Args(frame, utf8?)        Args.of(' INBOX')          utf8: IMAP4rev2 or UTF8=ACCEPT is enabled
 *   space()  end()                argument separator (more than one space is tolerated); end of the command
 *   peek()                        next character; '{' before a literal, '' at the end and before a streamed literal
 *   atEnd()  take(c)  expect(c)   tests without and with consuming
 *   atom()  word()  takeWord(w)   as written; upper case; one given word in any case, if it is next
 *   astring()  string()  quoted()  nstring()     octets
 *   number()  nzNumber()  number64()  modseq()
 *   sequenceSet()  uidSet()       with and without '*' and '$'
 *   mailboxName()  listMailbox()  text
 *   flagList()  flag()            (\Seen x); one flag's name
 *   dateTime()  date()
 *   list(item)                    ( item *(SP item) ), may be empty
 *   match(pattern)                what a sticky pattern finds here, or null
 *   streamed()                    the placeholder of a streamed literal, if it is next
 *
 * Parsers of whole commands begin with the space before the first argument and finish with end().
 */

// ATOM-CHAR, ASTRING-CHAR and list-char. The latter two take 8-bit too: clients send names in raw UTF-8. RFC 9051 §9
const ATOM = /[^\x00-\x20\x7f-\xff(){%*"\\\]]+/y
const ASTRING = /[^\x00-\x20\x7f(){%*"\\]+/y
const LIST_MAILBOX = /[^\x00-\x20\x7f(){"\\]+/y
const DIGITS = /\d+/y
const SPACES = / +/y
// Anything but NUL, CR, LF and the quoted-specials; 8-bit is tolerated everywhere.
const QUOTED_RUN = /[^\x00\r\n"\\]*/y

const MAX_NUMBER = 0xffff_ffff
/** 2^63-1 has so many digits; more than JavaScript counts exactly is taken as the most it does. */
const NUMBER64_DIGITS = 19

export class Args {
  readonly utf8: boolean
  readonly #pieces: readonly Piece[]
  #index = 0
  /** The current piece when it is text, else ''. */
  #text: Octets = ''
  #at = 0
  #depth = 0

  constructor(frame: Pick<Frame, 'pieces'>, utf8 = false) {
    this.utf8 = utf8
    this.#pieces = frame.pieces
    this.#enter(0)
  }

  static of(text: Octets, utf8 = false): Args {
    return new Args({ pieces: text === '' ? [] : [text] }, utf8)
  }

  peek(): string {
    if (this.#text !== '') return this.#text[this.#at]!
    return this.#literal() === null ? '' : '{'
  }

  atEnd(): boolean {
    return this.#index >= this.#pieces.length
  }

  take(c: string): boolean {
    if (this.#text === '' || this.#text[this.#at] !== c) return false
    this.#to(this.#at + 1)
    return true
  }

  expect(c: string): void {
    if (!this.take(c)) this.fault(`'${c}' expected`)
  }

  space(): void {
    if (this.match(SPACES) === null) this.fault(this.atEnd() ? 'argument missing' : 'space expected')
  }

  end(): void {
    this.match(SPACES)
    if (!this.atEnd()) this.fault('too many arguments')
  }

  /** True when spaces were there. */
  skipSpaces(): boolean {
    return this.match(SPACES) !== null
  }

  atom(): Octets {
    return this.match(ATOM) ?? this.fault('atom expected')
  }

  word(): string {
    return this.atom().toUpperCase()
  }

  /** Takes the atom that is next when it is this one, given in upper case. */
  takeWord(word: string): boolean {
    const start = this.#at
    const end = start + word.length
    if (this.#text.slice(start, end).toUpperCase() !== word) return false
    ATOM.lastIndex = end
    if (ATOM.test(this.#text)) return false
    this.#to(end)
    return true
  }

  astring(): Octets {
    return this.match(ASTRING) ?? this.string()
  }

  string(): Octets {
    if (this.peek() === '"') return this.quoted()
    const bytes = this.#literal()
    if (bytes === null) this.fault('string expected')
    if (bytes.includes(0)) this.fault('NUL in a string')
    this.#enter(this.#index + 1)
    return octetsOf(bytes)
  }

  nstring(): Octets | null {
    return this.takeWord('NIL') ? null : this.string()
  }

  quoted(): Octets {
    this.expect('"')
    let value = ''
    for (;;) {
      value += this.match(QUOTED_RUN) ?? ''
      if (this.take('"')) return this.#valid(value)
      if (!this.take('\\')) this.fault('quoted string does not end')
      const c = this.peek()
      if ((c !== '"' && c !== '\\') || !this.take(c)) this.fault('only " and \\ may be escaped')
      value += c
    }
  }

  /** Whoever asked for UTF-8 sends nothing else in quotes; of others it is guessed what they mean. RFC 9755 §3 */
  #valid(quoted: Octets): Octets {
    return this.utf8 && !isUtf8(quoted) ? this.fault('not UTF-8') : quoted
  }

  number(): number {
    const value = this.#digits()
    return value > MAX_NUMBER ? this.fault('number too big') : value
  }

  nzNumber(): number {
    return this.number() || this.fault('number must not be 0')
  }

  number64(): number {
    return Math.min(this.#digits(), Number.MAX_SAFE_INTEGER)
  }

  /** mod-sequence-valzer; Apple Mail sends CHANGEDSINCE 0. RFC 7162 §7 */
  modseq(): number {
    return this.number64()
  }

  /** Some clients put numbers in quotes. */
  #digits(): number {
    const inQuotes = this.take('"')
    const digits = this.match(DIGITS) ?? this.fault('number expected')
    if (inQuotes) this.expect('"')
    const significant = digits.replace(/^0+(?=\d)/, '')
    return significant.length > NUMBER64_DIGITS ? this.fault('number too big') : Number(significant)
  }

  /** RFC 9051 §9 sequence-set; RFC 5182 for '$' */
  sequenceSet(): SequenceSet {
    return this.take('$') ? 'saved' : this.#ranges(true)
  }

  /** Numbers only, as in the known UIDs of QRESYNC. RFC 7162 §3.2.5.2 */
  uidSet(): readonly (readonly [number, number])[] {
    return this.#ranges(false)
  }

  #ranges(star: boolean): readonly (readonly [number, number])[] {
    const ranges: [number, number][] = []
    do {
      if (ranges.length === limits.sequenceRanges) this.fault('too many ranges in a set')
      const from = this.#setNumber(star)
      ranges.push([from, this.take(':') ? this.#setNumber(star) : from])
    } while (this.take(','))
    return ranges
  }

  #setNumber(star: boolean): number {
    if (star && this.take('*')) return Number.POSITIVE_INFINITY
    const c = this.peek()
    return c >= '1' && c <= '9' ? this.nzNumber() : this.fault('message set expected')
  }

  /** A trailing separator stays, for CREATE. */
  mailboxName(): string {
    return decodeMailboxName(this.astring(), this.utf8)
  }

  /** A name with the wildcards % and *. RFC 9051 §9 list-mailbox */
  listMailbox(): string {
    return decodePattern(this.match(LIST_MAILBOX) ?? this.string(), this.utf8)
  }

  flagList(): FlagList {
    return flagListOf(this.list(() => this.flag()))
  }

  flag(): Octets {
    return this.take('\\') ? `\\${this.atom()}` : this.atom()
  }

  dateTime(): DateTime {
    return parseDateTime(this.quoted()) ?? this.fault('not a date and time')
  }

  /** Bare or in quotes. */
  date(): Day {
    return parseDate(this.peek() === '"' ? this.quoted() : this.atom()) ?? this.fault('not a date')
  }

  /** Items in parentheses; `item` must take something. */
  list<T>(item: () => T): T[] {
    this.expect('(')
    if (++this.#depth > limits.listDepth) this.fault('parentheses too deep')
    const items: T[] = []
    this.skipSpaces()
    while (!this.take(')')) {
      items.push(item())
      if (this.peek() !== ')') this.space()
    }
    this.#depth--
    return items
  }

  streamed(): boolean {
    const piece = this.#pieces[this.#index]
    if (typeof piece !== 'object' || piece.kind !== 'streamed') return false
    this.#enter(this.#index + 1)
    return true
  }

  fault(message: string): never {
    throw new SyntaxFault(message)
  }

  match(pattern: RegExp): Octets | null {
    pattern.lastIndex = this.#at
    const found = this.#text === '' ? null : pattern.exec(this.#text)
    if (found === null || found[0] === '') return null
    this.#to(pattern.lastIndex)
    return found[0]
  }

  #literal(): Uint8Array | null {
    const piece = this.#pieces[this.#index]
    return typeof piece === 'object' && piece.kind === 'literal' ? piece.bytes : null
  }

  #to(at: number): void {
    if (at < this.#text.length) this.#at = at
    else this.#enter(this.#index + 1)
  }

  #enter(index: number): void {
    const piece = this.#pieces[index]
    this.#index = index
    this.#text = typeof piece === 'string' ? piece : ''
    this.#at = 0
  }
}
