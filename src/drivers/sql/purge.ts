import { dropBody } from './bodies.ts'
import type { Database } from './database.ts'
import { formatRanges, type MutableRanges, parseRanges } from './uid-set.ts'

/**
 * Forgets entries expunged before `before`, oldest first, at most `count`; answers how many went. A message whose last reference goes
 * is forgotten with them, and its body is garbage from then on.
 */
export function purgeExpunged(db: Database, before: number, count: number): number {
  let gone = 0
  while (gone < count) {
    const oldest = db.get<{ id: number; account: number; mailbox: number; uids: string }>(
      'SELECT id, account, mailbox, uids FROM expunges WHERE expunged_at < ? ORDER BY expunged_at, id LIMIT 1',
      before,
    )
    if (oldest === undefined) break
    const [now, later] = split(parseRanges(oldest.uids), count - gone)
    for (const range of now) gone += purgeRange(db, oldest.account, oldest.mailbox, range)
    if (later.length === 0) db.run('DELETE FROM expunges WHERE id = ?', oldest.id)
    else db.run('UPDATE expunges SET uids = ? WHERE id = ?', formatRanges(later), oldest.id)
  }
  forgetEmptied(db)
  return gone
}

function split(ranges: MutableRanges, count: number): [MutableRanges, MutableRanges] {
  const first: MutableRanges = []
  const rest: MutableRanges = []
  let room = count
  for (const [from, to] of ranges) {
    const taken = Math.min(room, to - from + 1)
    if (taken > 0) first.push([from, from + taken - 1])
    if (from + taken <= to) rest.push([from + taken, to])
    room -= taken
  }
  return [first, rest]
}

function purgeRange(db: Database, account: number, mailbox: number, [from, to]: readonly [number, number]): number {
  const rows = db.all<{ message: number }>(
    'SELECT message FROM expunged WHERE account = ? AND mailbox = ? AND uid BETWEEN ? AND ? AND recoverable = 1',
    account,
    mailbox,
    from,
    to,
  )
  for (const { message } of rows) dropReference(db, account, message)
  return db.run(
    'DELETE FROM expunged WHERE account = ? AND mailbox = ? AND uid BETWEEN ? AND ?',
    account,
    mailbox,
    from,
    to,
  )
}

function dropReference(db: Database, account: number, message: number): void {
  if (db.run('UPDATE copies SET extra = extra - 1 WHERE account = ? AND message = ?', account, message) > 0) {
    db.run('DELETE FROM copies WHERE account = ? AND message = ? AND extra = 0', account, message)
    return
  }
  const body = db.get<{ blob: string; segment: number | null; stored: number }>(
    'SELECT blob, segment, stored FROM messages WHERE id = ?',
    message,
  )
  if (body === undefined) return
  dropBody(db, body)
  db.run('DELETE FROM messages WHERE id = ?', message)
  db.run('DELETE FROM structures WHERE message = ?', message)
  db.run('DELETE FROM sorts WHERE message = ?', message)
}

/** Deleted mailboxes and accounts stay known while something of them can be had back. */
function forgetEmptied(db: Database): void {
  db.run(
    `DELETE FROM gone_mailboxes WHERE NOT EXISTS
       (SELECT 1 FROM expunged x WHERE x.account = gone_mailboxes.account AND x.mailbox = gone_mailboxes.id)`,
  )
  db.run(
    `DELETE FROM accounts WHERE state = 'deleted' AND NOT EXISTS
       (SELECT 1 FROM expunges x WHERE x.account = accounts.id)`,
  )
}
