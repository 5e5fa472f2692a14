import { hash } from 'node:crypto'
import type { Uid } from '#base/ids.ts'
import type { Flags, NewMessage } from '#ports/metadata.ts'
import { structureText } from './structure-text.ts'

/**
 * A new message as the tables want it: flat, its structure already text, its thread keys already numbers. Made on the session's
 * thread, so that the writer only stores, and cheap to send from one to the other.
 */
export type MessageRecord = {
  readonly octets: number
  readonly digest: Uint8Array
  readonly headerOctets: number
  readonly envelope: string
  readonly bodyStructure: string
  readonly preview: string
  readonly structure: string
  readonly sentAt: number | null
  readonly sentZone: number
  readonly subject: string
  readonly baseSubject: string
  readonly isReply: boolean
  readonly from: string
  readonly to: string
  readonly cc: string
  readonly displayFrom: string
  readonly displayTo: string
  readonly messageId: string | null
  readonly inReplyTo: string | null
  readonly references: string
  readonly threadKeys: readonly number[]
  readonly flags: Flags
  readonly keywords: readonly string[]
  readonly receivedAt: number
  readonly zone: number
  readonly uid: Uid | null
}

/** Ancestors that take part in finding the thread, counted from the youngest: a header can name tens of thousands. */
const THREAD_ANCESTORS = 100

export function messageRecord(message: NewMessage, digest: Uint8Array): MessageRecord {
  const { facts } = message
  const { sort } = facts
  return {
    octets: message.body.octets,
    digest,
    headerOctets: facts.header[1],
    envelope: message.envelope,
    bodyStructure: message.bodyStructure,
    preview: facts.preview,
    structure: structureText(facts),
    sentAt: sort.sentAt,
    sentZone: sort.sentZone,
    subject: sort.subject,
    baseSubject: sort.baseSubject,
    isReply: sort.isReply,
    from: sort.from,
    to: sort.to,
    cc: sort.cc,
    displayFrom: sort.displayFrom,
    displayTo: sort.displayTo,
    messageId: facts.envelope.messageId,
    inReplyTo: facts.envelope.inReplyTo,
    references: JSON.stringify(facts.references),
    threadKeys: threadKeys(message),
    flags: message.flags,
    keywords: message.keywords,
    receivedAt: message.receivedAt,
    zone: message.zone,
    uid: message.uid ?? null,
  }
}

/** Hashes of the message's own id and of its ancestors; messages that share one are in one conversation. */
function threadKeys({ facts }: NewMessage): number[] {
  const ids = new Set(facts.references.slice(-THREAD_ANCESTORS))
  for (const id of facts.envelope.inReplyTo?.match(/<[^<>\s]{1,998}>/g)?.slice(0, THREAD_ANCESTORS) ?? []) ids.add(id)
  const own = facts.envelope.messageId
  if (own !== null) ids.add(own.trim())
  return [...ids].filter(id => id !== '').map(id => hash('sha1', id, 'buffer').readUIntBE(0, 6))
}
