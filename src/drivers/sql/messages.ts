import { StoreFault } from '#base/errors.ts'
import type { MessageId, ThreadId, Uid } from '#base/ids.ts'
import type { MessageRow, Metadata, SortRow } from '#ports/metadata.ts'
import type { Database } from './database.ts'
import { rangesOf } from './uid-set.ts'

/**
 * Rows for the UIDs, ascending: those in the mailbox, and those that left it and are still kept. `sql` has the place of the table as
 * `$`; most calls never look at the second table.
 */
function byUid<Row extends { uid: number }>(
  db: Database,
  sql: string,
  account: number,
  mailbox: number,
  uids: Uint32Array,
): Row[] {
  const wanted = uids.toSorted()
  const read = (table: string, list: ArrayLike<number>): Row[] =>
    rangesOf(list).flatMap(([from, to]) => db.all<Row>(sql.replace('$', table), account, mailbox, from, to))
  const found = read('entries', wanted)
  if (found.length === wanted.length) return found
  const have = new Set(found.map(row => row.uid))
  const kept = read(
    'expunged',
    wanted.filter(uid => !have.has(uid)),
  )
  return kept.length === 0 ? found : [...found, ...kept].sort((a, b) => a.uid - b.uid)
}

type Row = {
  uid: Uid
  message: MessageId
  thread: ThreadId
  blob: string
  octets: number
  headerOctets: number
  envelope: string
  bodyStructure: string
  preview: string
}

export function messageRows(db: Database, account: number, mailbox: number, uids: Uint32Array): MessageRow[] {
  const rows = byUid<Row>(
    db,
    `SELECT e.uid, e.message, e.thread, m.blob, m.octets, m.header_octets AS "headerOctets", m.envelope,
       m.body_structure AS "bodyStructure", m.preview
     FROM $ e JOIN messages m ON m.id = e.message
     WHERE e.account = ? AND e.mailbox = ? AND e.uid BETWEEN ? AND ? ORDER BY e.uid`,
    account,
    mailbox,
    uids,
  )
  return rows.map(({ blob, octets, ...row }) => ({ ...row, blob: { id: blob, octets } }))
}

type Sort = Omit<SortRow, 'isReply' | 'references'> & { isReply: number; ancestors: string }

export function sortRows(db: Database, account: number, mailbox: number, uids: Uint32Array): SortRow[] {
  const rows = byUid<Sort>(
    db,
    `SELECT e.uid, s.sent_at AS "sentAt", s.sent_zone AS "sentZone", s.subject, s.base_subject AS "baseSubject",
       s.is_reply AS "isReply", s.from_mailbox AS "from", s.to_mailbox AS "to", s.cc_mailbox AS "cc",
       s.display_from AS "displayFrom", s.display_to AS "displayTo", s.message_id AS "messageId",
       s.in_reply_to AS "inReplyTo", s.ancestors
     FROM $ e JOIN sorts s ON s.message = e.message
     WHERE e.account = ? AND e.mailbox = ? AND e.uid BETWEEN ? AND ? ORDER BY e.uid`,
    account,
    mailbox,
    uids,
  )
  return rows.map(({ ancestors, isReply, ...row }) => ({
    ...row,
    isReply: isReply !== 0,
    references: ancestors === '[]' ? [] : JSON.parse(ancestors),
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
  return JSON.parse(row.facts)
}
