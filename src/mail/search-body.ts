import { foldNeedle, searchFor, TextFolder } from '#mime/matcher.ts'
import { headerText, searchText } from '#mime/text.ts'
import type { MessageRow } from '#ports/metadata.ts'
import type { Mail } from './mail.ts'
import { readStructure } from './read.ts'
import type { Pace } from './search-pace.ts'

/** Characters of text gathered before they are looked through: a message has many small pieces. */
const GATHERED = 16 * 1024

/**
 * True when the text is somewhere in the message's body or, with `header`, its header. The message is read in pieces of bounded size and
 * only as far as needed. RFC 9051 §6.4.4 BODY, TEXT
 */
export async function messageContains(
  mail: Mail,
  row: MessageRow,
  text: string,
  header: boolean,
  pace: Pace,
): Promise<boolean> {
  // The empty text is in every message.
  if (text === '') return true
  const { structure } = await readStructure(mail, row.message)
  const read = (start: number, end: number) => mail.blobs.read(row.blob, start, end)
  const search = searchFor(foldNeedle(text))
  const texts = header
    ? [headerText(structure, read), searchText(structure, read, false)]
    : [searchText(structure, read, false)]
  for (const each of texts) {
    for await (const folded of foldedPieces(each)) {
      if (search.feed(folded)) return true
      const wait = pace.rest()
      if (wait) await wait
    }
  }
  return false
}

/** A text in the form in which it is compared. The index takes it from here too, so that both have the same, to the last odd character. */
export async function* foldedPieces(pieces: AsyncIterable<string>): AsyncGenerator<string, void, undefined> {
  const folder = new TextFolder()
  let gathered = ''
  for await (const piece of pieces) {
    gathered += piece
    if (gathered.length < GATHERED) continue
    yield folder.feed(gathered)
    gathered = ''
  }
  yield folder.feed(gathered) + folder.end()
}

/** The same for a text that is at hand. */
export function foldedText(text: string): string {
  const folder = new TextFolder()
  return folder.feed(text) + folder.end()
}
