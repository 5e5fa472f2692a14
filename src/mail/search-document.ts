import { isUtf8 } from 'node:buffer'
import { StoreFault } from '#base/errors.ts'
import { limits } from '#base/limits.ts'
import { fields } from '#mime/header.ts'
import { headerText, searchText } from '#mime/text.ts'
import { decodeHeader } from '#mime/words.ts'
import type { BlobStore } from '#ports/blobs.ts'
import { columns, type DocumentSink, type FeedMessage } from '#ports/search-index.ts'
import { isUnreadable } from './read.ts'
import { foldedPieces, foldedText } from './search-body.ts'

/** Characters of one message's body that are put in the index. A body with more is read when it is searched. */
const BODY_CHARACTERS = 4 * 1024 * 1024

/** Stands between the values of several fields of one name. */
const BREAK = '\0'

/**
 * Puts in an index what searches of this message look in: the same texts, in the same form, as the search that reads it takes from it.
 * A message that cannot be read is in the index as one that is not known; why is answered.
 * @throws {StoreFault} when the store is not there, which another time will mend
 */
export async function putDocument(blobs: BlobStore, message: FeedMessage, sink: DocumentSink): Promise<unknown> {
  try {
    sink.text('subject', foldedText(message.subject))
    sink.text('message-id', foldedText(message.messageId))
    await putHeader(blobs, message, sink)
    await putBody(blobs, message, sink)
    return null
  } catch (error) {
    if (error instanceof StoreFault && !isUnreadable(error)) throw error
    // One message must not keep all that come after it out of the index, whatever is the matter with it.
    for (const column of columns) sink.unknown(column)
    return error
  }
}

const named = ['from', 'to', 'cc'] as const

async function putHeader(blobs: BlobStore, message: FeedMessage, sink: DocumentSink): Promise<void> {
  const read = (start: number, end: number) => blobs.read(message.blob, start, end)
  const header = await read(0, message.headerOctets)
  const [, end] = message.structure.header
  const values: Record<(typeof named)[number], string[]> = { from: [], to: [], cc: [] }
  for (const field of fields(header)) {
    const name = field.name.toLowerCase()
    const list = named.find(each => each === name)
    if (list !== undefined) values[list].push(decodeHeader(field.value))
  }
  for (const name of named) sink.text(name, foldedText(values[name].join(BREAK)))

  for await (const folded of foldedPieces(headerText(message.structure, read))) sink.text('header', folded)
  // Fields are decoded one by one as UTF-8 or by guess, the header as a whole by the charset of its message: they may differ here.
  if (!isUtf8(header) || header.length > limits.mimeHeaderOctets || end !== message.headerOctets) sink.unknown('fields')
}

async function putBody(blobs: BlobStore, message: FeedMessage, sink: DocumentSink): Promise<void> {
  const read = (start: number, end: number) => blobs.read(message.blob, start, end)
  let characters = 0
  for await (const folded of foldedPieces(searchText(message.structure, read, false))) {
    characters += folded.length
    if (characters > BODY_CHARACTERS) {
      sink.unknown('body')
      return
    }
    sink.text('body', folded)
  }
}
