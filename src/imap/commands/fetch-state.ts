import type { Octets } from '#base/bytes.ts'
import type { Entry, MailboxState } from '#mail/state.ts'
import type { View } from '#mail/view.ts'
import type { Session } from '../session/session.ts'
import type { FetchItem } from '../wire/syntax.ts'
import { flags, internalDate } from '../wire/writer.ts'
import { emailObjectId, threadObjectId } from './object-ids.ts'

/** FETCH items that the mailbox state answers without a look at the store. */

/** The columns that items read: those of the state, or one-row columns for an entry that is gone. */
export type Columns = Pick<MailboxState, 'keywordSets'> & {
  readonly [column in
    | 'uid'
    | 'modseqs'
    | 'flags'
    | 'keywords'
    | 'octets'
    | 'receivedAt'
    | 'zone'
    | 'savedAt'
    | 'message'
    | 'thread']: ArrayLike<number>
}

export type StateItem = (columns: Columns, at: number, view: View) => Octets

export function stateItem(session: Session, { item }: FetchItem): StateItem | null {
  switch (item) {
    case 'UID':
      return ({ uid }, at) => `UID ${uid[at]}`
    case 'FLAGS':
      return session.enabled.rev2 ? flagsItem : flagsWithRecent
    case 'INTERNALDATE':
      return ({ receivedAt, zone }, at) => `INTERNALDATE ${internalDate(receivedAt[at]!, zone[at]!)}`
    case 'RFC822.SIZE':
      return ({ octets }, at) => `RFC822.SIZE ${octets[at]}`
    case 'MODSEQ':
      return ({ modseqs }, at) => `MODSEQ (${modseqs[at]})`
    case 'EMAILID':
      return ({ message }, at) => `EMAILID (${emailObjectId(message[at]!)})`
    case 'THREADID':
      return ({ thread }, at) => `THREADID (${threadObjectId(thread[at]!)})`
    case 'SAVEDATE':
      return ({ savedAt }, at) => `SAVEDATE ${internalDate(savedAt[at]!, 0)}`
    default:
      return null
  }
}

const flagsItem: StateItem = (columns, at) =>
  `FLAGS ${flags(columns.flags[at]!, columns.keywordSets[columns.keywords[at]!]!)}`
const flagsWithRecent: StateItem = (columns, at, view) =>
  `FLAGS ${flags(columns.flags[at]!, columns.keywordSets[columns.keywords[at]!]!, view.isRecent(columns.uid[at]!))}`

/** One row for an entry that was expunged elsewhere and is still counted here; null stays null. */
export function columnsOf(entry: Entry | null): Columns | null {
  if (!entry) return null
  return {
    keywordSets: [entry.keywords],
    uid: [entry.uid],
    modseqs: [entry.modseq],
    flags: [entry.flags],
    keywords: [0],
    octets: [entry.octets],
    receivedAt: [entry.receivedAt],
    zone: [entry.zone],
    savedAt: [entry.savedAt],
    message: [entry.message],
    thread: [entry.thread],
  }
}
