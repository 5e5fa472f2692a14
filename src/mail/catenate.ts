import type { MailboxId } from '#base/ids.ts'
import { fieldSelector } from '#mime/header.ts'
import { sectionRange } from '#mime/structure.ts'
import { readRange } from '#ports/blobs.ts'
import type { MessageRow } from '#ports/metadata.ts'
import type { Mail } from './mail.ts'
import { lookupName } from './names.ts'
import { readStructure } from './read.ts'

/** Names octets of a message that is in the store already. */
export type PartAddress = {
  /** By name, or the one that is selected. */
  readonly mailbox: string | MailboxId
  /** null: whatever it is now. */
  readonly uidValidity: number | null
  readonly uid: number
  readonly path: readonly number[]
  readonly text: 'ALL' | 'HEADER' | 'TEXT' | 'MIME'
  /** Of a header, only these fields, or all but these. */
  readonly fields: { readonly names: readonly string[]; readonly negate: boolean } | null
  readonly partial: { readonly start: number; readonly count: number } | null
}

/** The octets of a part as they are stored, page by page; null when there is no such message or part. RFC 4469 §3 */
export async function openPart(mail: Mail, address: PartAddress): Promise<AsyncIterable<Uint8Array> | null> {
  const row = await findMessage(mail, address)
  const range = row && (await findRange(mail, row, address))
  if (!row || !range) return null
  const [start, end] = address.fields ? range : cut(range, address.partial)
  if (!address.fields) return readRange(mail.blobs, row.blob, start, end)
  const select = fieldSelector(address.fields.names, address.fields.negate)
  return one(select(await mail.blobs.read(row.blob, start, end)), address.partial)
}

async function findMessage(mail: Mail, { mailbox, uidValidity, uid }: PartAddress): Promise<MessageRow | null> {
  const { metadata, account } = mail
  const found =
    typeof mailbox === 'string'
      ? await metadata.mailboxNamed(account, lookupName(mailbox))
      : await metadata.mailbox(account, mailbox)
  if (!found || (uidValidity !== null && uidValidity !== found.uidValidity)) return null
  // Message rows outlive their entries; only what is still in the mailbox can be named.
  const entry = await metadata.entries(account, found.id, uid - 1, 1)
  if (entry.uid[0] !== uid) return null
  const [row] = await metadata.messages(account, found.id, Uint32Array.of(uid))
  return row ?? null
}

type Span = readonly [start: number, end: number]

async function findRange(mail: Mail, row: MessageRow, { path, text }: PartAddress): Promise<Span | null> {
  if (path.length === 0)
    return [text === 'TEXT' ? row.headerOctets : 0, text === 'HEADER' ? row.headerOctets : row.blob.octets]
  const { structure, header } = await readStructure(mail, row.message)
  return sectionRange(structure, header, row.blob.octets, path, text)
}

function cut([start, end]: Span, partial: PartAddress['partial']): Span {
  if (!partial) return [start, end]
  const from = Math.min(end, start + partial.start)
  return [from, Math.min(end, from + partial.count)]
}

async function* one(bytes: Uint8Array, partial: PartAddress['partial']): AsyncIterable<Uint8Array> {
  const [start, end] = cut([0, bytes.length], partial)
  yield bytes.subarray(start, end)
}
