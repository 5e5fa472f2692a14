import { StoreFault } from '#base/errors.ts'
import type { MessageId, ThreadId, Uid } from '#base/ids.ts'
import type { MessageRow, Metadata, SortRow } from '#ports/metadata.ts'
import type { Database, SqlValue } from './database.ts'
import { parseStructure } from './structure-text.ts'
import { rangesOf } from './uid-set.ts'

/**
 * Rows for the UIDs, ascending: those in the mailbox, and those that left it and are still kept. `sql` has the place of the table as
 * `$`; most calls never look at the second table. Rows are arrays, half the price of objects, with the UID first.
 */
function byUid(db: Database, sql: string, account: number, mailbox: number, uids: Uint32Array): SqlValue[][] {
  const wanted = uids.toSorted()
  const read = (table: string, list: ArrayLike<number>): SqlValue[][] => {
    const statement = sql.replace('$', table)
    return rangesOf(list).flatMap(([from, to]) => db.rows(statement, account, mailbox, from, to))
  }
  const found = read('entries', wanted)
  if (found.length === wanted.length) return found
  const have = new Set(found.map(row => row[0]))
  const kept = read(
    'expunged',
    wanted.filter(uid => !have.has(uid)),
  )
  return kept.length === 0 ? found : [...found, ...kept].sort((a, b) => (a[0] as number) - (b[0] as number))
}

type MessageColumns = [
  uid: Uid,
  message: MessageId,
  thread: ThreadId,
  blob: string,
  octets: number,
  headerOctets: number,
  envelope: string,
  bodyStructure: string,
  preview: string,
]

export function messageRows(db: Database, account: number, mailbox: number, uids: Uint32Array): MessageRow[] {
  const rows = byUid(
    db,
    `SELECT e.uid, e.message, e.thread, m.blob, m.octets, m.header_octets, m.envelope, m.body_structure, m.preview
     FROM $ e JOIN messages m ON m.id = e.message
     WHERE e.account = ? AND e.mailbox = ? AND e.uid BETWEEN ? AND ? ORDER BY e.uid`,
    account,
    mailbox,
    uids,
  )
  return (rows as MessageColumns[]).map(
    ([uid, message, thread, blob, octets, headerOctets, envelope, bodyStructure, preview]) => ({
      uid,
      message,
      thread,
      blob: { id: blob, octets },
      headerOctets,
      envelope,
      bodyStructure,
      preview,
    }),
  )
}

type SortColumns = [
  uid: Uid,
  sentAt: number | null,
  sentZone: number,
  subject: string,
  baseSubject: string,
  isReply: number,
  from: string,
  to: string,
  cc: string,
  displayFrom: string,
  displayTo: string,
  messageId: string | null,
  inReplyTo: string | null,
  ancestors: string,
]

export function sortRows(db: Database, account: number, mailbox: number, uids: Uint32Array): SortRow[] {
  const rows = byUid(
    db,
    `SELECT e.uid, s.sent_at, s.sent_zone, s.subject, s.base_subject, s.is_reply, s.from_mailbox, s.to_mailbox, s.cc_mailbox,
       s.display_from, s.display_to, s.message_id, s.in_reply_to, s.ancestors
     FROM $ e JOIN sorts s ON s.message = e.message
     WHERE e.account = ? AND e.mailbox = ? AND e.uid BETWEEN ? AND ? ORDER BY e.uid`,
    account,
    mailbox,
    uids,
  )
  return (rows as SortColumns[]).map(row => ({
    uid: row[0],
    sentAt: row[1],
    sentZone: row[2],
    subject: row[3],
    baseSubject: row[4],
    isReply: row[5] !== 0,
    from: row[6],
    to: row[7],
    cc: row[8],
    displayFrom: row[9],
    displayTo: row[10],
    messageId: row[11],
    inReplyTo: row[12],
    references: row[13] === '[]' ? [] : JSON.parse(row[13]),
  }))
}

export function structureOf(
  db: Database,
  account: number,
  message: number,
): Awaited<ReturnType<Metadata['structure']>> {
  const row = db.get<{ facts: string }>(
    'SELECT facts FROM structures WHERE message = ? AND account = ?',
    message,
    account,
  )
  if (row === undefined) throw new StoreFault('missing', 'no such message')
  return parseStructure(row.facts)
}
