import type { AccountId, MessageId } from '#base/ids.ts'
import type { FeedMessage } from '#ports/search-index.ts'
import type { Database } from './database.ts'
import { parseStructure } from './structure-text.ts'

/** What a shard tells the search index. */

type Columns = [
  message: MessageId,
  account: AccountId,
  digest: Uint8Array,
  blob: string,
  octets: number,
  headerOctets: number,
  subject: string,
  messageId: string | null,
  facts: string,
]

export function messagesAfter(db: Database, after: number, count: number, account?: number): FeedMessage[] {
  const sql = `SELECT m.id, m.account, m.digest, m.blob, m.octets, m.header_octets, s.subject, s.message_id, t.facts
     FROM messages m JOIN sorts s ON s.message = m.id JOIN structures t ON t.message = m.id
     WHERE m.id > ? ${account === undefined ? '' : 'AND m.account = ?'} ORDER BY m.id LIMIT ?`
  const values = account === undefined ? [after, count] : [after, account, count]
  return (db.rows(sql, ...values) as Columns[]).map(
    ([message, account, digest, blob, octets, headerOctets, subject, messageId, facts]) => ({
      account,
      message,
      mark: markOf(digest),
      blob: { id: blob, octets },
      headerOctets,
      subject,
      messageId: messageId ?? '',
      structure: parseStructure(facts).structure,
    }),
  )
}

export function countMessagesAfter(db: Database, after: number): number {
  return db.get<{ count: number }>('SELECT count(*) AS count FROM messages WHERE id > ?', after)!.count
}

/** Ids are given in the order of commits, and never again. */
export function issuedMessages(db: Database): number {
  return db.get<{ seq: number }>(`SELECT seq FROM sqlite_sequence WHERE name = 'messages'`)?.seq ?? 0
}

export function marksOf(db: Database, account: number, messages: ArrayLike<number>): Uint32Array {
  const marks = new Uint32Array(messages.length)
  for (let i = 0; i < messages.length; i++) {
    const [row] = db.rows('SELECT account, digest FROM messages WHERE id = ?', messages[i]!)
    if (row !== undefined && row[0] === account) marks[i] = markOf(row[1] as Uint8Array)
  }
  return marks
}

/** With the highest id that is not above `through`, or 0. */
export function accountsWithMail(db: Database, through: number): Map<AccountId, number> {
  const sql = 'SELECT account, max(CASE WHEN message <= ? THEN message ELSE 0 END) FROM entries GROUP BY account'
  return new Map(db.rows(sql, through).map(([account, message]) => [account as AccountId, message as number]))
}

/** Never 0. */
const markOf = (digest: Uint8Array): number =>
  (digest[0]! | (digest[1]! << 8) | (digest[2]! << 16) | (digest[3]! << 24) | 1) >>> 0
