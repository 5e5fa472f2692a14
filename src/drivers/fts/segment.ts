import { type Column, columns, type Rest } from '#ports/search-index.ts'
import { ColumnReader, type Words } from './column.ts'
import type { ColumnFacts } from './column-writer.ts'
import { Damaged, doublesOf, numbersOf } from './section.ts'
import { SegmentFile } from './segment-file.ts'

/** Columns that have text, in the order in which a segment has them. */
export const textColumns = columns.filter(column => column !== 'fields')
export type TextColumn = (typeof textColumns)[number]
export const textColumnOf = (column: Column): TextColumn => (column === 'fields' ? 'header' : column)

/** The bit of a column in what is not known of a document. */
export const bitOf = (column: Column): number => 1 << columns.indexOf(column)

export type SegmentFacts = {
  /** Changes with everything that changes what is in a segment, the folding and the cutting of texts too. */
  readonly version: number
  readonly documents: number
  readonly columns: Readonly<Record<TextColumn, ColumnFacts>>
}

/**
 * Of what Unicode says this program folds and cuts texts by: a newer one may do otherwise, so the index that an older one made does not
 * answer for it.
 */
export const SEGMENT_VERSION = 1_000_000 + Math.round(Number(process.versions.unicode) * 100)

/** The messages of an account that were stored in some stretch of time, with their text. All methods may throw `Damaged`. */
export class Segment {
  readonly path: string
  readonly octets: number
  /** Ascending; document `i` is message `messages[i]`. */
  readonly messages: Float64Array
  readonly marks: Uint32Array
  /** For each document the columns of which not all text is here, by bits. */
  readonly unknown: Uint8Array
  readonly #file: SegmentFile<SegmentFacts>
  readonly #columns = new Map<TextColumn, ColumnReader>()

  constructor(path: string) {
    this.path = path
    this.#file = new SegmentFile<SegmentFacts>(path)
    try {
      this.octets = this.#file.octets
      if (this.#file.facts.version !== SEGMENT_VERSION) throw new Damaged('another version')
      this.messages = doublesOf(this.#file.section('messages').all())
      this.marks = numbersOf(this.#file.section('marks').all())
      this.unknown = this.#file.section('unknown').all()
      const { documents } = this.#file.facts
      if (this.messages.length !== documents || this.marks.length !== documents || this.unknown.length !== documents) {
        throw new Damaged('documents')
      }
    } catch (error) {
      this.#file.close()
      throw error
    }
  }

  get documents(): number {
    return this.messages.length
  }

  column(column: TextColumn): ColumnReader {
    let reader = this.#columns.get(column)
    if (reader === undefined) {
      reader = new ColumnReader(this.#file, column, this.#file.facts.columns[column])
      this.#columns.set(column, reader)
    }
    return reader
  }

  /** The document of a message, or -1; looked for near `hint` first, since messages are mostly asked in order. */
  find(message: number, hint: number): number {
    const { messages } = this
    if (messages[hint] === message) return hint
    if (messages.length === 0 || message < messages[0]! || message > messages[messages.length - 1]!) return -1
    let low = 0
    let high = messages.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (messages[middle]! < message) low = middle + 1
      else high = middle
    }
    return messages[low] === message ? low : -1
  }

  /** Words of all columns, for what it costs to join segments. */
  get words(): number {
    return textColumns.reduce((sum, column) => sum + this.#file.facts.columns[column].words, 0)
  }

  /** Reads all of it. */
  verify(): void {
    for (const name of this.#file.sections()) this.#file.section(name).all()
  }

  close(): void {
    this.#file.close()
  }
}

/** Words in memory, those used last, of all segments of a thread. */
export class WordCache {
  readonly #room: number
  readonly #kept = new Map<string, Words>()
  #memory = 0

  constructor(room: number) {
    this.#room = room
  }

  async of(segment: Segment, column: TextColumn, rest: Rest): Promise<Words> {
    const key = `${segment.path} ${column}`
    const kept = this.#kept.get(key)
    const words = kept ?? (await segment.column(column).loadWords(rest))
    // Another search may have brought the same ones meanwhile.
    this.#forget(key)
    this.#kept.set(key, words)
    this.#memory += words.memory
    for (const old of this.#kept.keys()) {
      if (this.#memory <= this.#room || old === key) break
      this.#forget(old)
    }
    return words
  }

  forget(segment: Segment): void {
    for (const column of textColumns) this.#forget(`${segment.path} ${column}`)
  }

  #forget(key: string): void {
    this.#memory -= this.#kept.get(key)?.memory ?? 0
    this.#kept.delete(key)
  }
}
