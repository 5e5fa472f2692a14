import type { Words } from './column.ts'
import { octetsOfToken, tokensOf } from './tokens.ts'

const NEWLINE = Buffer.from('\n')

/** Tokens of a text that is looked for; for longer ones mail is read. Each takes an octet of memory for every word while a search runs. */
export const NEEDLE_TOKENS = 64

/**
 * A text to look for, as a run of tokens: what it means for a token of a message to be the first, one between or the last of them. A text
 * of a single token is anywhere in a token.
 */
export class Needle {
  readonly octets: Buffer
  readonly tokens: readonly string[]
  readonly #patterns: readonly Pattern[]
  /** The token that is looked for among the words: the one that should be in the fewest. */
  readonly anchor: number

  constructor(text: string) {
    this.octets = octetsOfToken(text)
    this.tokens = tokensOf(text)
    const last = this.tokens.length - 1
    this.#patterns = this.tokens.map((token, i) => new Pattern(octetsOfToken(token), i > 0, i < last))
    this.anchor = this.tokens.reduce((best, _, i) => (this.#rarity(i) > this.#rarity(best) ? i : best), 0)
  }

  pattern(token: number): Pattern {
    return this.#patterns[token]!
  }

  /** Long tokens are rare, and rarer when all of it is known. */
  #rarity(token: number): number {
    const inner = token > 0 && token < this.tokens.length - 1
    return this.tokens[token]!.trim().length * 2 + (inner ? 1 : 0)
  }
}

/** What a token must be: begin as given, end as given, both, or have it somewhere. */
export class Pattern {
  /** What to look for among words that each have a newline before and after them. */
  readonly octets: Buffer
  /** From where a match begins to the first octet of the word it is in, or in the middle of. */
  readonly lead: number
  readonly #token: Buffer
  readonly #fromStart: boolean
  readonly #toEnd: boolean

  constructor(token: Buffer, fromStart: boolean, toEnd: boolean) {
    this.#token = token
    this.#fromStart = fromStart
    this.#toEnd = toEnd
    this.lead = fromStart ? 1 : 0
    this.octets = Buffer.concat([
      fromStart ? NEWLINE : token.subarray(0, 0),
      token,
      toEnd ? NEWLINE : token.subarray(0, 0),
    ])
  }

  fits(words: Words, word: number): boolean {
    const octets = words.word(word)
    const token = this.#token
    if (octets.length < token.length) return false
    if (this.#fromStart && this.#toEnd) return octets.equals(token)
    if (this.#fromStart) return octets.subarray(0, token.length).equals(token)
    if (this.#toEnd) return octets.subarray(octets.length - token.length).equals(token)
    return octets.includes(token)
  }
}

/** Which words fit a pattern, found out one by one and remembered. */
export class Fits {
  readonly #words: Words
  readonly #pattern: Pattern
  /** 0: not known yet, 1: no, 2: yes. */
  readonly #known: Uint8Array

  constructor(words: Words, pattern: Pattern) {
    this.#words = words
    this.#pattern = pattern
    this.#known = new Uint8Array(words.count)
  }

  has(word: number): boolean {
    const known = this.#known[word]
    if (known !== 0) return known === 2
    const fits = this.#pattern.fits(this.#words, word)
    this.#known[word] = fits ? 2 : 1
    return fits
  }

  add(word: number): void {
    this.#known[word] = 2
  }

  /** Words below this one that were not added do not fit. */
  settle(below: number): void {
    for (let word = 0; word < below; word++) if (this.#known[word] === 0) this.#known[word] = 1
  }
}
