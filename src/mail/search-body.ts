import { TextMatcher } from '#mime/matcher.ts'
import { searchText } from '#mime/text.ts'
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
  const matcher = new TextMatcher(text)
  let gathered = ''
  for await (const piece of searchText(structure, (start, end) => mail.blobs.read(row.blob, start, end), header)) {
    gathered += piece
    if (gathered.length < GATHERED) continue
    if (matcher.feed(gathered)) return true
    gathered = ''
    const wait = pace.rest()
    if (wait) await wait
  }
  return matcher.feed(gathered) || matcher.end()
}
