import type { Rest } from '#ports/search-index.ts'
import type { ColumnReader, Words } from './column.ts'
import { Fits, type Needle } from './needle.ts'

const NEWLINE = 10

/**
 * The documents that are asked about, and what was found: 1 is asked, 2 is found. `left` counts the ones asked.
 */
export class Asked {
  readonly states: Uint8Array
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

  /** Asks about those that are open here. */
  copy(): Asked {
    const copy = new Asked(this.states.length)
    for (let document = 0; document < this.states.length; document++) if (this.isOpen(document)) copy.ask(document)
    return copy
  }
}

/** Octets of words gone through between two looks at the clock. */
const STEP_OCTETS = 256 * 1024
/** Going through an octet of a document's text costs as much as this many octets of the words. */
const TEXT_COST = 16
/** Documents looked at between two looks at the clock. */
const STEP_DOCUMENTS = 32

/**
 * Finds the documents that have the needle, among those asked about: by the words that fit and their lists of documents, or, when few are
 * left, by going through these.
 */
export async function match(
  column: ColumnReader,
  words: Words,
  needle: Needle,
  asked: Asked,
  rest: Rest,
): Promise<void> {
  if (asked.left === 0 || words.count === 0) return
  const textCost = column.textOctets(asked.states.length) * TEXT_COST
  const anchor = new Fits(words, needle.pattern(needle.anchor))
  if (needle.tokens.length === 1) {
    const settled = await byWords(column, words, needle, anchor, asked, () => asked.left * textCost, rest)
    if (!settled) await byTexts(asked, document => hasWord(column.text(document), anchor), rest)
    return
  }
  // Several tokens: the lists of one of them tell which documents may have the run; their texts tell which do.
  const maybe = asked.copy()
  const texts = asked.left * textCost
  const settled = await byWords(column, words, needle, anchor, maybe, () => texts, rest)
  const run = needle.tokens.map((_, i) => (i === needle.anchor ? anchor : new Fits(words, needle.pattern(i))))
  const has = (document: number) => hasRun(column.text(document), run, needle.anchor)
  await byTexts(asked, settled ? document => !maybe.isOpen(document) && has(document) : has, rest)
}

/**
 * Goes through the words, and the lists of those that fit, until nothing is left to be found; or until going through the texts would cost less than
 * the rest of the words. False then.
 */
async function byWords(
  column: ColumnReader,
  words: Words,
  needle: Needle,
  fits: Fits,
  found: Asked,
  textsCost: () => number,
  rest: Rest,
): Promise<boolean> {
  const { octets } = words
  const pattern = needle.pattern(needle.anchor)
  const mark = (document: number) => found.found(document)
  for (let from = 0; from < octets.length; ) {
    if (textsCost() < octets.length - from) {
      fits.settle(words.at(from))
      return false
    }
    const to = Math.min(octets.length, from + STEP_OCTETS)
    // A match may begin before the end of this step and end after it.
    const step = octets.subarray(0, to + pattern.octets.length - 1)
    let at = from
    while (at < to) {
      const place = step.indexOf(pattern.octets, at)
      if (place < 0) break
      const word = words.at(place + pattern.lead)
      fits.add(word)
      column.documents(word, mark)
      if (found.left === 0) return true
      // On to the newline after the word, which may begin the next match.
      at = octets.indexOf(NEWLINE, place + pattern.lead)
    }
    from = Math.max(at, to)
    const wait = rest()
    if (wait) await wait
  }
  return true
}

async function byTexts(asked: Asked, has: (document: number) => boolean, rest: Rest): Promise<void> {
  let looked = 0
  for (let document = 0; document < asked.states.length; document++) {
    if (!asked.isOpen(document)) continue
    if (has(document)) asked.found(document)
    if (++looked % STEP_DOCUMENTS !== 0) continue
    const wait = rest()
    if (wait) await wait
  }
}

function hasWord(text: Uint32Array, fits: Fits): boolean {
  for (let i = 0; i < text.length; i++) if (fits.has(text[i]!)) return true
  return false
}

/** True when the text has words that fit one after the other. */
function hasRun(text: Uint32Array, run: readonly Fits[], anchor: number): boolean {
  const last = text.length - (run.length - anchor)
  for (let at = anchor; at <= last; at++) {
    if (!run[anchor]!.has(text[at]!)) continue
    let fits = true
    for (let i = 0; i < run.length && fits; i++) fits = i === anchor || run[i]!.has(text[at - anchor + i]!)
    if (fits) return true
  }
  return false
}
