import type { Rest } from '#ports/search-index.ts'
import type { ColumnReader, Words } from './column.ts'
import { type ColumnFacts, type ColumnSource, writeColumn, writeNumbers } from './column-writer.ts'
import { SEGMENT_VERSION, type Segment, type SegmentFacts, type TextColumn, textColumns } from './segment.ts'
import { SegmentFileWriter } from './segment-file-writer.ts'

/** A segment on its way into another: for each of its documents the number it gets there, -1 for those that are left out. */
export type Part = { readonly segment: Segment; readonly numbers: Int32Array }

/** Writes one segment with the documents of several, in their order, column by column. Memory grows with the words of a column, not with the texts. */
export async function joinSegments(path: string, parts: readonly Part[], rest: Rest): Promise<void> {
  const file = new SegmentFileWriter(path)
  try {
    const columns = {} as Record<TextColumn, ColumnFacts>
    for (const column of textColumns) {
      columns[column] = await writeColumn(file, column, await JoinedColumn.of(parts, column, rest), rest)
    }
    const kept = <T extends Float64Array | Uint32Array | Uint8Array>(
      { segment, numbers }: Part,
      of: (segment: Segment) => T,
    ) => Array.from(of(segment)).filter((_, document) => numbers[document]! >= 0)
    const messages = Float64Array.from(parts.flatMap(part => kept(part, ({ messages }) => messages)))
    writeNumbers(file, 'messages', messages)
    writeNumbers(file, 'marks', Uint32Array.from(parts.flatMap(part => kept(part, ({ marks }) => marks))))
    const unknown = file.section('unknown')
    unknown.write(Uint8Array.from(parts.flatMap(part => kept(part, each => each.unknown))))
    unknown.end()
    file.finish({ version: SEGMENT_VERSION, documents: messages.length, columns } satisfies SegmentFacts)
  } catch (error) {
    file.abandon()
    throw error
  }
}

type ColumnPart = {
  readonly reader: ColumnReader
  readonly words: Words
  readonly numbers: Int32Array
  /** The joined number of each word of the part. */
  readonly joined: Uint32Array
  /** For each joined word its number in the part, plus one; 0 for words that are not in it. */
  own: Uint32Array
}

class JoinedColumn implements ColumnSource {
  readonly counts: Uint32Array
  readonly #parts: readonly ColumnPart[]

  static async of(parts: readonly Part[], column: TextColumn, rest: Rest): Promise<JoinedColumn> {
    const numbers = new Map<string, number>()
    const joined: ColumnPart[] = []
    for (const part of parts) {
      const reader = part.segment.column(column)
      reader.hold()
      const words = await reader.loadWords(rest)
      const own = new Uint32Array(0)
      joined.push({ reader, words, numbers: part.numbers, joined: joinWords(words, numbers), own })
    }
    return new JoinedColumn(joined, numbers.size)
  }

  private constructor(parts: readonly ColumnPart[], words: number) {
    this.#parts = parts
    for (const part of this.#parts) {
      part.own = new Uint32Array(words)
      part.joined.forEach((word, own) => {
        part.own[word] = own + 1
      })
    }
    this.counts = new Uint32Array(words)
    for (const { reader, joined, numbers: documents } of this.#parts) {
      for (let own = 0; own < joined.length; own++) {
        reader.documents(own, document => {
          if (documents[document]! >= 0) this.counts[joined[own]!]!++
        })
      }
    }
  }

  octets(word: number): Uint8Array {
    for (const { words, own } of this.#parts) if (own[word]! > 0) return words.word(own[word]! - 1)
    throw new RangeError(`no word ${word}`)
  }

  documents(word: number, each: (document: number) => void): void {
    for (const { reader, own, numbers } of this.#parts) {
      if (own[word] === 0) continue
      reader.documents(own[word]! - 1, document => {
        const number = numbers[document]!
        if (number >= 0) each(number)
      })
    }
  }

  *texts(): Iterable<Uint32Array> {
    for (const { reader, numbers, joined } of this.#parts) {
      for (let document = 0; document < numbers.length; document++) {
        if (numbers[document]! >= 0) yield reader.text(document).map(word => joined[word]!)
      }
    }
  }
}

/** Gives each word a number, the one it has already when another part had it. */
function joinWords(words: Words, numbers: Map<string, number>): Uint32Array {
  const joined = new Uint32Array(words.count)
  const { octets } = words
  for (let word = 0, at = 1; word < words.count; word++) {
    const end = octets.indexOf(10, at)
    const key = octets.toString('latin1', at, end)
    let number = numbers.get(key)
    if (number === undefined) {
      number = numbers.size
      numbers.set(key, number)
    }
    joined[word] = number
    at = end + 1
  }
  return joined
}
