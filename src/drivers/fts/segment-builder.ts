import type { Column, DocumentSink } from '#ports/search-index.ts'
import { ColumnBuilder } from './column-builder.ts'
import { type ColumnFacts, writeColumn, writeNumbers } from './column-writer.ts'
import { bitOf, SEGMENT_VERSION, type SegmentFacts, type TextColumn, textColumns } from './segment.ts'
import { SegmentFileWriter } from './segment-file-writer.ts'

/** New messages of one account while they are gathered. */
export class SegmentBuilder {
  readonly #columns = new Map<TextColumn, ColumnBuilder>(textColumns.map(column => [column, new ColumnBuilder()]))
  readonly #messages: number[] = []
  readonly #marks: number[] = []
  readonly #unknown: number[] = []
  #open = false

  add(message: number, mark: number): DocumentSink {
    this.#endDocument()
    this.#open = true
    this.#messages.push(message)
    this.#marks.push(mark)
    const document = this.#unknown.push(0) - 1
    return {
      text: (column, folded) => this.#columns.get(column)!.write(folded),
      unknown: (column: Column) => {
        this.#unknown[document]! |= bitOf(column)
      },
    }
  }

  get documents(): number {
    return this.#messages.length
  }

  get memory(): number {
    let sum = this.#messages.length * 24
    for (const column of this.#columns.values()) sum += column.memory
    return sum
  }

  async write(path: string): Promise<void> {
    this.#endDocument()
    const file = new SegmentFileWriter(path)
    try {
      const facts = {} as Record<TextColumn, ColumnFacts>
      for (const column of textColumns)
        facts[column] = await writeColumn(file, column, this.#columns.get(column)!, () => undefined)
      writeNumbers(file, 'messages', Float64Array.from(this.#messages))
      writeNumbers(file, 'marks', Uint32Array.from(this.#marks))
      const unknown = file.section('unknown')
      unknown.write(Uint8Array.from(this.#unknown))
      unknown.end()
      file.finish({ version: SEGMENT_VERSION, documents: this.#messages.length, columns: facts } satisfies SegmentFacts)
    } catch (error) {
      file.abandon()
      throw error
    }
  }

  #endDocument(): void {
    if (this.#open) for (const column of this.#columns.values()) column.endDocument()
    this.#open = false
  }
}
