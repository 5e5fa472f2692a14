import type { ColumnSource } from './column-writer.ts'
import { GrowingNumbers } from './octets.ts'
import { Tokenizer } from './tokens.ts'
import { WordTable } from './word-table.ts'

/** The documents of word `w`: `documents` from `starts[w]` to `starts[w + 1]`. */
type Lists = { readonly counts: Uint32Array; readonly starts: Uint32Array; readonly documents: Uint32Array }

/** A column of new documents while it is gathered in memory. */
export class ColumnBuilder implements ColumnSource {
  readonly #words = new WordTable()
  /** The words of all documents in their order, and where each document's end. */
  readonly #text = new GrowingNumbers()
  readonly #ends = new GrowingNumbers()
  readonly #tokenizer = new Tokenizer((text, from, to) => this.#text.push(this.#words.number(text, from, to)))
  #lists: Lists | null = null

  /** More of the text of the document that is being added. */
  write(folded: string): void {
    this.#tokenizer.write(folded)
  }

  endDocument(): void {
    this.#tokenizer.end()
    this.#ends.push(this.#text.length)
  }

  get memory(): number {
    return this.#text.length * 4 + this.#words.memory
  }

  get counts(): Uint32Array {
    return this.#finished().counts
  }

  octets(word: number): Uint8Array {
    return this.#words.octets(word)
  }

  documents(word: number, each: (document: number) => void): void {
    const { starts, documents } = this.#finished()
    for (let i = starts[word]!; i < starts[word + 1]!; i++) each(documents[i]!)
  }

  *texts(): Iterable<Uint32Array> {
    let from = 0
    for (const end of this.#ends.view()) {
      yield this.#text.view().subarray(from, end)
      from = end
    }
  }

  #finished(): Lists {
    if (this.#lists !== null) return this.#lists
    const counts = new Uint32Array(this.#words.count)
    this.#eachOnce(word => {
      counts[word]!++
    })
    const starts = new Uint32Array(counts.length + 1)
    for (let word = 0; word < counts.length; word++) starts[word + 1] = starts[word]! + counts[word]!
    const filled = starts.slice()
    const documents = new Uint32Array(starts[counts.length]!)
    this.#eachOnce((word, document) => {
      documents[filled[word]!++] = document
    })
    this.#lists = { counts, starts, documents }
    return this.#lists
  }

  /** Each word once for each document it is in, by document. */
  #eachOnce(each: (word: number, document: number) => void): void {
    const seenIn = new Uint32Array(this.#words.count)
    let document = 0
    for (const text of this.texts()) {
      document++
      for (let i = 0; i < text.length; i++) {
        const word = text[i]!
        if (seenIn[word] === document) continue
        seenIn[word] = document
        each(word, document - 1)
      }
    }
  }
}
