import type { Words } from './column.ts'
import { octetsOfToken, tokensOf } from './tokens.ts'

const NEWLINE_OCTET = 10
const NEWLINE = Buffer.from([NEWLINE_OCTET])
/** Octets between matches that are as well counted through. */
const NEAR = 256
const NOTHING = Buffer.alloc(0)

/** Tokens of a text that is looked for; for longer ones mail is read. There is a bit for each. */
export const NEEDLE_TOKENS = 31

/**
 * A text to look for, as a run of tokens: what it means for a token of a message to be the first, one between or the last of them. A text
 * of a single token is anywhere in a token.
 */
export class Needle {
  readonly tokens: readonly string[]
  readonly patterns: readonly Pattern[]
  /** The tokens, those first that should be in the fewest messages. */
  readonly rarest: readonly number[]

  constructor(text: string) {
    this.tokens = tokensOf(text)
    const last = this.tokens.length - 1
    this.patterns = this.tokens.map((token, i) => new Pattern(octetsOfToken(token), i > 0, i < last))
    this.rarest = this.tokens.map((_, i) => i).sort((a, b) => this.#rarity(b) - this.#rarity(a))
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
  readonly #octets: Buffer
  /** From where a match begins to the first octet that is of the word. */
  readonly #lead: number
  /** True when only one word can be so. */
  readonly single: boolean

  constructor(token: Buffer, fromStart: boolean, toEnd: boolean) {
    this.#lead = fromStart ? 1 : 0
    this.#octets = Buffer.concat([fromStart ? NEWLINE : NOTHING, token, toEnd ? NEWLINE : NOTHING])
    this.single = fromStart && toEnd
  }

  /** Calls for each word from octet `from` of the words to `to` that is so, ascending. */
  each(words: Words, from: number, to: number, call: (word: number) => boolean | undefined): void {
    // A match may begin before the end and end after it.
    const step = words.octets.subarray(0, to + this.#octets.length - 1)
    let word = 0
    let reached = -1
    for (let at = from; at < to; ) {
      const place = step.indexOf(this.#octets, at)
      if (place < 0) return
      const start = place + this.#lead
      // Where matches are many, the next word is found sooner from the last.
      word = reached < 0 || start - reached > NEAR ? words.at(start) : word + words.between(reached, start)
      reached = start
      if (call(word) === false) return
      // On to the newline after the word, which may begin the next match.
      at = words.octets.indexOf(NEWLINE_OCTET, start)
    }
  }
}
