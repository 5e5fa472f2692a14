import type { Rest } from '#ports/search-index.ts'
import { GrowingOctets } from './octets.ts'
import { octetsOfNumbers } from './section.ts'
import type { SegmentFileWriter } from './segment-file-writer.ts'
import { LONG_BLOCK } from './segment-format.ts'

/**
 * What a column is made of. Words have numbers of the source's own; documents are numbered from 0. A word is written once, those in most
 * documents first: they get the short numbers, and a search of the words meets the ones first that say most.
 */
export interface ColumnSource {
  /** In how many documents each word is. */
  readonly counts: Uint32Array
  /** Never has the octet 10. */
  octets(word: number): Uint8Array
  /** The documents of a word, ascending. */
  documents(word: number, each: (document: number) => void): void
  /** The words of each document in their order, repeated as they are, document by document. */
  texts(): Iterable<Uint32Array>
}

export type ColumnFacts = {
  readonly words: number
  /** The words before this one are in several documents. */
  readonly shared: number
}

/** One place in `starts` for so many words. */
export const WORDS_PER_START = 32
const PIECE = 64 * 1024
const NEWLINE = Buffer.from('\n')

/**
 * Sections of a column: `words`, each with a newline before and after it; `starts`, where every 32nd of them begins; `lists`, the documents
 * of each shared word as differences, and `listEnds`, where each ends; `single`, the document of each other word; `texts`, the words of
 * each document, and `textEnds`.
 */
export async function writeColumn(
  file: SegmentFileWriter,
  column: string,
  source: ColumnSource,
  rest: Rest,
): Promise<ColumnFacts> {
  const order = byCount(source.counts)
  const shared = order.findIndex(word => source.counts[word]! < 2)
  const facts = { words: order.length, shared: shared < 0 ? order.length : shared }
  await writeWords(file, column, source, order, rest)
  await writeLists(file, column, source, order, facts, rest)
  await writeTexts(file, column, source, ranksOf(order), rest)
  return facts
}

async function writeWords(
  file: SegmentFileWriter,
  column: string,
  source: ColumnSource,
  order: Uint32Array,
  rest: Rest,
): Promise<void> {
  const words = new Pieces(file, `${column}.words`, rest)
  const starts = new Uint32Array(Math.ceil(order.length / WORDS_PER_START))
  words.out.bytes(NEWLINE)
  let at = 1
  for (let i = 0; i < order.length; i++) {
    if (i % WORDS_PER_START === 0) starts[i / WORDS_PER_START] = at
    const octets = source.octets(order[i]!)
    words.out.bytes(octets)
    words.out.bytes(NEWLINE)
    at += octets.length + 1
    const wait = words.next()
    if (wait) await wait
  }
  words.end()
  writeNumbers(file, `${column}.starts`, starts)
}

async function writeLists(
  file: SegmentFileWriter,
  column: string,
  source: ColumnSource,
  order: Uint32Array,
  { shared, words }: ColumnFacts,
  rest: Rest,
): Promise<void> {
  const lists = new Pieces(file, `${column}.lists`, rest)
  const ends = new Uint32Array(shared)
  for (let i = 0; i < shared; i++) {
    let last = 0
    source.documents(order[i]!, document => {
      lists.out.number(document - last)
      last = document
    })
    ends[i] = lists.octets
    const wait = lists.next()
    if (wait) await wait
  }
  lists.end()
  writeNumbers(file, `${column}.listEnds`, ends)
  const single = new Uint32Array(words - shared)
  for (let i = shared; i < words; i++) {
    source.documents(order[i]!, document => {
      single[i - shared] = document
    })
  }
  writeNumbers(file, `${column}.single`, single)
}

async function writeTexts(
  file: SegmentFileWriter,
  column: string,
  source: ColumnSource,
  ranks: Uint32Array,
  rest: Rest,
): Promise<void> {
  const texts = new Pieces(file, `${column}.texts`, rest, LONG_BLOCK)
  const ends: number[] = []
  for (const text of source.texts()) {
    for (let i = 0; i < text.length; i++) texts.out.number(ranks[text[i]!]!)
    ends.push(texts.octets)
    const wait = texts.next()
    if (wait) await wait
  }
  texts.end()
  writeNumbers(file, `${column}.textEnds`, Uint32Array.from(ends))
}

/** A section that is written in pieces, with a rest between them. */
class Pieces {
  readonly out = new GrowingOctets()
  readonly #section: ReturnType<SegmentFileWriter['section']>
  readonly #rest: Rest
  #written = 0

  constructor(file: SegmentFileWriter, name: string, rest: Rest, blockOctets?: number) {
    this.#section = file.section(name, blockOctets)
    this.#rest = rest
  }

  get octets(): number {
    return this.#written + this.out.length
  }

  next(): Promise<void> | undefined {
    if (this.out.length < PIECE) return undefined
    this.#write()
    return this.#rest()
  }

  end(): void {
    this.#write()
    this.#section.end()
  }

  #write(): void {
    this.#written += this.out.length
    this.#section.write(this.out.view())
    this.out.clear()
  }
}

export function writeNumbers(file: SegmentFileWriter, name: string, numbers: Uint32Array | Float64Array): void {
  const section = file.section(name)
  section.write(octetsOfNumbers(numbers))
  section.end()
}

/** The words that are in a document, those in most first. */
function byCount(counts: Uint32Array): Uint32Array {
  let most = 0
  let used = 0
  for (const count of counts) {
    if (count > most) most = count
    if (count > 0) used++
  }
  // Sorted by counting: `from[c]` is where the words with count c go.
  const from = new Uint32Array(most + 2)
  for (const count of counts) if (count > 0) from[count - 1]!++
  for (let count = most; count >= 0; count--) from[count]! += from[count + 1]!
  const order = new Uint32Array(used)
  for (let word = 0; word < counts.length; word++) if (counts[word]! > 0) order[from[counts[word]!]!++] = word
  return order
}

function ranksOf(order: Uint32Array): Uint32Array {
  let highest = 0
  for (const word of order) if (word > highest) highest = word
  const ranks = new Uint32Array(highest + 1)
  for (let i = 0; i < order.length; i++) ranks[order[i]!] = i
  return ranks
}
