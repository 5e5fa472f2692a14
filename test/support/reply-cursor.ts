/** A cursor over one reply of the server: what is to come is taken, or it fails saying what was expected where. */
import { isUtf8 } from 'node:buffer'
import type { Reply } from './imap-replies.ts'

const ASTRING = /[^\x00-\x20\x7f-\xff(){%*"\\]+/y
export const FLAG = /\\?[^\x00-\x20\x7f-\xff(){%*"\\\]]+/y

export class Cursor {
  readonly #text: string
  readonly #literals: readonly Buffer[]
  readonly #utf8: boolean
  #at = 0
  #literal = 0

  constructor({ text, literals }: Reply, utf8: boolean) {
    this.#text = text
    this.#literals = literals
    this.#utf8 = utf8
  }

  get peek(): string {
    return this.#text[this.#at] ?? ''
  }

  get done(): boolean {
    return this.#at === this.#text.length
  }

  fail(what: string): never {
    throw new Error(`not of the grammar, ${what} at ${this.#at}: ${this.#text.slice(0, 2000)}`)
  }

  match(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)?.[0] ?? null
    if (found !== null) this.#at += found.length
    return found
  }

  need(pattern: RegExp, what: string): string {
    return this.match(pattern) ?? this.fail(`${what} expected`)
  }

  /** What must come here, whole. */
  rest(pattern: RegExp): void {
    this.need(pattern, String(pattern))
  }

  take(text: string): boolean {
    if (!this.#text.startsWith(text, this.#at)) return false
    this.#at += text.length
    return true
  }

  expect(text: string): void {
    if (!this.take(text)) this.fail(`${JSON.stringify(text)} expected`)
  }

  space(): void {
    this.expect(' ')
  }

  end(): void {
    if (!this.done) this.fail('end expected')
  }

  /** *(SP item) to the end */
  each(item: () => void): void {
    while (this.take(' ')) item()
  }

  /** "(" [item *(SP item)] ")" */
  list(item: () => void): void {
    this.expect('(')
    if (this.take(')')) return
    do item()
    while (this.take(' '))
    this.expect(')')
  }

  string(): string {
    if (this.peek !== '"') return this.literal(false) ?? this.fail('a string expected')
    const quoted = this.need(/"(?:[^"\\\x00\r\n]|\\["\\])*"/y, 'a quoted string')
    if (/[\x80-\xff]/.test(quoted) && !(this.#utf8 && isUtf8(Buffer.from(quoted, 'latin1')))) {
      this.fail('octets that a quoted string does not have')
    }
    return quoted.slice(1, -1)
  }

  nstring(): void {
    if (!this.take('NIL')) this.string()
  }

  astring(): void {
    if (this.match(ASTRING) === null) this.string()
  }

  /** INBOX as it is, all others in quotes: atoms are what some parsers trip over. */
  mailbox(): void {
    if (!this.take('INBOX')) this.string()
  }

  /** The literal that is here; null when there is none. */
  literal(binary: boolean): string | null {
    const header = this.match(binary ? /~?\{\d+\}/y : /\{\d+\}/y)
    if (header === null) return null
    const octets = this.#literals[this.#literal++]
    if (!octets || octets.length !== Number(/\d+/.exec(header)![0])) this.fail('a literal of another length')
    if (!header.startsWith('~') && octets.includes(0)) this.fail('NUL in a literal')
    return octets.toString('latin1')
  }
}
