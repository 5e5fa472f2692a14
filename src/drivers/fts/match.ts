import type { Rest } from '#ports/search-index.ts'
import type { ColumnReader, Words } from './column.ts'
import type { Needle } from './needle.ts'

/** Documents of a segment that are asked about, and which of them were found. */
export class Asked {
  /** 0: not asked about, 1: asked, 2: found. */
  readonly states: Uint8Array
  /** How many are asked about and not found yet. */
  left = 0

  constructor(documents: number) {
    this.states = new Uint8Array(documents)
  }

  ask(document: number): void {
    if (this.states[document] !== 0) return
    this.states[document] = 1
    this.left++
  }

  found(document: number): void {
    if (this.states[document] !== 1) return
    this.states[document] = 2
    this.left--
  }

  isOpen(document: number): boolean {
    return this.states[document] === 1
  }

  isFound(document: number): boolean {
    return this.states[document] === 2
  }

  /** Asks about those for which it holds here. */
  those(holds: (document: number) => boolean): Asked {
    const those = new Asked(this.states.length)
    for (let document = 0; document < this.states.length; document++) if (holds(document)) those.ask(document)
    return those
  }
}

/** Octets of words gone through between two looks at the clock. */
const STEP_OCTETS = 128 * 1024
/** Going through an octet of a document's text costs as much as this many octets of the words. */
const TEXT_COST = 8
/** Documents looked at between two looks at the clock. */
const STEP_DOCUMENTS = 64
/** Tokens of a run whose lists are used to find the documents that may have it. */
const LISTED = 3

/**
 * Finds the documents that have the needle, among those asked about: by the words that fit and their lists of documents, or, when few are
 * left, by going through their texts.
 */
export async function match(
  column: ColumnReader,
  words: Words,
  needle: Needle,
  asked: Asked,
  rest: Rest,
): Promise<void> {
  if (words.count === 0) return
  const textCost = column.textOctets(asked.states.length) * TEXT_COST
  if (needle.tokens.length === 1) {
    const settled = await byWords(column, words, needle, 0, asked, textCost, rest)
    if (!settled) await byTexts(column, words, needle, asked, asked, rest)
    return
  }
  // Several tokens: the lists of the rare ones tell which documents may have the run; their texts tell which do.
  let maybe = asked.those(document => asked.isOpen(document))
  for (const token of needle.rarest.slice(0, LISTED)) {
    if (maybe.left * textCost < words.octets.length) break
    await byWords(column, words, needle, token, maybe, Infinity, rest)
    const found = maybe
    maybe = maybe.those(document => found.isFound(document))
  }
  await byTexts(column, words, needle, maybe, asked, rest)
}

/**
 * Finds documents by the words that fit a token and their lists. False when it ended before all was found since the texts of what is left, each
 * at this cost in octets of words, are the shorter way.
 */
async function byWords(
  column: ColumnReader,
  words: Words,
  needle: Needle,
  token: number,
  asked: Asked,
  textCost: number,
  rest: Rest,
): Promise<boolean> {
  const { length } = words.octets
  const pattern = needle.patterns[token]!
  const mark = (document: number) => asked.found(document)
  for (let from = 0; from < length; from += STEP_OCTETS) {
    if (asked.left === 0) return true
    if (asked.left * textCost < length - from) return false
    let fitted = false
    pattern.each(words, from, Math.min(length, from + STEP_OCTETS), word => {
      column.documents(word, mark)
      fitted = true
      return asked.left > 0 && !pattern.single
    })
    if (fitted && pattern.single) return true
    const wait = rest()
    if (wait) await wait
  }
  return true
}

/** Goes through the texts of `maybe`, and marks those that have the needle as found in `asked`. */
async function byTexts(
  column: ColumnReader,
  words: Words,
  needle: Needle,
  maybe: Asked,
  asked: Asked,
  rest: Rest,
): Promise<void> {
  if (maybe.left === 0) return
  const run = await runOf(words, needle, rest)
  let looked = 0
  for (let document = 0; document < maybe.states.length; document++) {
    if (!maybe.isOpen(document)) continue
    if (column.hasRun(document, run)) asked.found(document)
    if (++looked % STEP_DOCUMENTS !== 0) continue
    const wait = rest()
    if (wait) await wait
  }
}

/** For each word the tokens that it fits, as bits, and the bit of the last token. */
export type Run = { readonly fits: Uint8Array | Uint32Array; readonly last: number }

async function runOf(words: Words, needle: Needle, rest: Rest): Promise<Run> {
  // Most runs are short, and a small table is looked up faster.
  const fits = needle.tokens.length <= 8 ? new Uint8Array(words.count) : new Uint32Array(words.count)
  const { length } = words.octets
  for (const [token, pattern] of needle.patterns.entries()) {
    for (let from = 0, done = false; from < length && !done; from += STEP_OCTETS) {
      pattern.each(words, from, Math.min(length, from + STEP_OCTETS), word => {
        fits[word] = fits[word]! | (1 << token)
        done = pattern.single
        return !done
      })
      const wait = rest()
      if (wait) await wait
    }
  }
  return { fits, last: 1 << (needle.tokens.length - 1) }
}
