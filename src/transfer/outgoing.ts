import { splitKeywords } from '#mail/keywords.ts'
import type { Mail } from '#mail/mail.ts'
import { readRange } from '#ports/blobs.ts'
import type { EntryColumns, MailboxRow, MessageRow } from '#ports/metadata.ts'

/** A message on its way out: what its mailbox says of it, and its octets. */
export type Outgoing = {
  readonly uid: number
  readonly flags: number
  readonly keywords: readonly string[]
  readonly receivedAt: number
  readonly zone: number
  readonly savedAt: number
  readonly octets: number
  /** Reads it from the beginning, as often as asked. */
  body(): AsyncIterable<Uint8Array>
}

/** Entries that are read at a time. */
const PAGE = 200

/** The messages of a mailbox in pages, ascending by UID. What comes or goes meanwhile may be in it or not. */
export async function* outgoing(mail: Mail, mailbox: MailboxRow): AsyncIterable<readonly Outgoing[]> {
  for (let after = 0; ; ) {
    const entries = await mail.metadata.entries(mail.account, mailbox.id, after, PAGE)
    if (entries.length === 0) return
    const rows = await mail.metadata.messages(mail.account, mailbox.id, entries.uid)
    const byUid = new Map(rows.map(row => [row.uid as number, row]))
    yield Array.from(entries.uid, (uid, i) => ({ uid, i })).flatMap(({ uid, i }) => {
      const row = byUid.get(uid)
      return row === undefined ? [] : [outgoingOf(mail, entries, i, row)]
    })
    after = entries.uid.at(-1)!
  }
}

const outgoingOf = ({ blobs }: Mail, entries: EntryColumns, i: number, { blob }: MessageRow): Outgoing => ({
  uid: entries.uid[i]!,
  flags: entries.flags[i]!,
  keywords: splitKeywords(entries.keywords[i]!),
  receivedAt: entries.receivedAt[i]!,
  zone: entries.zone[i]!,
  savedAt: entries.savedAt[i]!,
  octets: entries.octets[i]!,
  body: () => readRange(blobs, blob, 0, blob.octets),
})

/** `before`: were there whole from an earlier run. `failed`: could not be read, and are not in the files. */
export type Written = { readonly before: number; readonly failed: number }

/** Puts the messages of one mailbox into files. */
export interface MailboxWriter {
  /** Writes a page of them, in order; tells of what cannot be written. */
  write(messages: readonly Outgoing[], tell: (uid: number, problem: string) => void): Promise<Written>
  /** All have been written. When it resolves they are durable. */
  finish(): Promise<void>
  close(): Promise<void>
}
