import type { Rest } from '#ports/search-index.ts'
import { type ColumnFacts, WORDS_PER_START } from './column-writer.ts'
import type { Run } from './match.ts'
import { Damaged, numbersOf, type Section } from './section.ts'
import type { SegmentFile } from './segment-file.ts'

const NEWLINE = 10

/** The words of a column in memory: what a search goes through first. */
export class Words {
  readonly octets: Buffer
  readonly count: number
  readonly #starts: Uint32Array

  constructor(octets: Buffer, starts: Uint32Array, count: number) {
    if (starts.length !== Math.ceil(count / WORDS_PER_START)) throw new Damaged('words')
    this.octets = octets
    this.count = count
    this.#starts = starts
  }

  get memory(): number {
    return this.octets.length + this.#starts.length * 4
  }

  /** The word that the octet at `place` belongs to. */
  at(place: number): number {
    const starts = this.#starts
    let low = 0
    let high = starts.length
    while (high - low > 1) {
      const middle = (low + high) >>> 1
      if (starts[middle]! <= place) low = middle
      else high = middle
    }
    return low * WORDS_PER_START + this.between(starts[low]!, place)
  }

  /** How many words end between two places. */
  between(from: number, to: number): number {
    let words = 0
    for (let i = from; i < to; i++) if (this.octets[i] === NEWLINE) words++
    return words
  }

  /** Where the octets of a word begin; its newline ends them. */
  start(word: number): number {
    let at = this.#starts[Math.floor(word / WORDS_PER_START)] ?? 0
    for (let skip = word % WORDS_PER_START; skip > 0; at++) if (this.octets[at] === NEWLINE) skip--
    return at
  }

  /** Views the octets of a word. */
  word(word: number): Buffer {
    const start = this.start(word)
    let end = start
    while (this.octets[end] !== NEWLINE) end++
    return this.octets.subarray(start, end)
  }
}

/** One column of a segment, read where it lies. All methods may throw `Damaged`. */
export class ColumnReader {
  readonly facts: ColumnFacts
  readonly #words: Section
  readonly #starts: Section
  readonly #lists: Section
  readonly #listEnds: Section
  readonly #single: Section
  readonly #texts: Section
  readonly #textEnds: Section
  #scratch = new Uint32Array(1024)

  constructor(file: SegmentFile<unknown>, column: string, facts: ColumnFacts) {
    this.facts = facts
    this.#words = file.section(`${column}.words`)
    this.#starts = file.section(`${column}.starts`)
    this.#lists = file.section(`${column}.lists`)
    this.#listEnds = file.section(`${column}.listEnds`)
    this.#single = file.section(`${column}.single`)
    this.#texts = file.section(`${column}.texts`)
    this.#textEnds = file.section(`${column}.textEnds`)
  }

  /** Octets that searching a document's text goes through, on average. */
  textOctets(documents: number): number {
    return this.#texts.octets / Math.max(1, documents)
  }

  /** Keeps the lists in memory, so that words can be asked in any order. */
  hold(): void {
    for (const section of [this.#lists, this.#listEnds, this.#single]) section.hold()
  }

  async loadWords(rest: Rest): Promise<Words> {
    return new Words(await this.#words.load(rest), numbersOf(await this.#starts.load(rest)), this.facts.words)
  }

  /** The documents of a word, ascending. Words are best asked ascending. */
  documents(word: number, each: (document: number) => void): void {
    if (word >= this.facts.shared) {
      each(this.#single.number(word - this.facts.shared))
      return
    }
    const octets = this.#lists.read(word === 0 ? 0 : this.#listEnds.number(word - 1), this.#listEnds.number(word))
    let document = 0
    for (let at = 0; at < octets.length; ) {
      let octet = octets[at++]!
      let step = octet & 0x7f
      for (let shift = 7; octet > 0x7f; shift += 7) {
        octet = octets[at++]!
        step |= (octet & 0x7f) << shift
      }
      document += step
      each(document)
    }
  }

  /**
   * True when the document has words in a row that fit the tokens of a run, one after the other. All beginnings are followed at once: bit `t` of
   * `open` says that the last words fit the tokens up to `t`.
   */
  hasRun(document: number, { fits, last }: Run): boolean {
    const octets = this.#text(document)
    for (let at = 0, open = 0; at < octets.length; ) {
      let octet = octets[at++]!
      let word = octet & 0x7f
      for (let shift = 7; octet > 0x7f; shift += 7) {
        octet = octets[at++]!
        word |= (octet & 0x7f) << shift
      }
      open = ((open << 1) | 1) & fits[word]!
      if ((open & last) !== 0) return true
    }
    return false
  }

  /** The words of a document in their order; views memory that the next call uses again. Documents are best asked ascending. */
  text(document: number): Uint32Array {
    const octets = this.#text(document)
    if (this.#scratch.length < octets.length) this.#scratch = new Uint32Array(octets.length * 2)
    const text = this.#scratch
    let length = 0
    for (let at = 0; at < octets.length; ) {
      let octet = octets[at++]!
      let word = octet & 0x7f
      for (let shift = 7; octet > 0x7f; shift += 7) {
        octet = octets[at++]!
        word |= (octet & 0x7f) << shift
      }
      text[length++] = word
    }
    return text.subarray(0, length)
  }

  #text(document: number): Buffer {
    const from = document === 0 ? 0 : this.#textEnds.number(document - 1)
    return this.#texts.read(from, this.#textEnds.number(document))
  }
}
