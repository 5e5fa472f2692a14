import { StoreFault } from '#base/errors.ts'
import type { MessageId } from '#base/ids.ts'
import type { MessageFacts } from '#mime/facts.ts'
import type { MessageRow } from '#ports/metadata.ts'
import type { Mail } from './mail.ts'

/** Rows asked of the store at a time; between pages others have their turn and the client's reading is awaited. */
export const MESSAGE_PAGE = 500

/** Message rows of the UIDs in pages, ascending; UIDs whose row is gone for good are left out. */
export async function* messagePages(
  mail: Mail,
  mailbox: Parameters<Mail['metadata']['messages']>[1],
  uids: Uint32Array,
): AsyncIterable<readonly MessageRow[]> {
  for (let at = 0; at < uids.length; at += MESSAGE_PAGE) {
    yield await mail.metadata.messages(mail.account, mailbox, uids.subarray(at, at + MESSAGE_PAGE))
  }
}

/** The whole header of a message, as stored. */
export function readHeader(mail: Mail, row: MessageRow): Uint8Array | Promise<Uint8Array> {
  return mail.blobs.read(row.blob, 0, row.headerOctets)
}

export type Structure = Pick<MessageFacts, 'structure' | 'header'>

export const readStructure = (mail: Mail, message: MessageId): Promise<Structure> =>
  mail.metadata.structure(mail.account, message)

/** True for the fault of a body that is not there any more, which a client must not see as a failure of the session. */
export const isMissing = (error: unknown): boolean => error instanceof StoreFault && error.failure === 'missing'

/** True for the faults of a body that is gone or damaged. */
export const isUnreadable = (error: unknown): boolean =>
  error instanceof StoreFault && (error.failure === 'missing' || error.failure === 'corrupt')
