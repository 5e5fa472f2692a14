import type { EntryColumns, UidRanges } from '#ports/metadata.ts'
import type { Database, SqlValue } from './database.ts'
import { newColumns } from './merge-columns.ts'

const COLUMNS = 'uid, modseq, flags, keywords, octets, received_at, zone, saved_at, message, thread'

/** Entries with a UID above `after`, at most `count`. */
export function entriesAfter(
  db: Database,
  account: number,
  mailbox: number,
  after: number,
  count: number,
): EntryColumns {
  return columnsOf([
    db.rows(
      `SELECT ${COLUMNS} FROM entries WHERE account = ? AND mailbox = ? AND uid > ? ORDER BY uid LIMIT ?`,
      account,
      mailbox,
      after,
      Math.min(count, Number.MAX_SAFE_INTEGER),
    ),
  ])
}

/** Entries in the ranges that were changed after `modseq`. */
export function entriesChanged(
  db: Database,
  account: number,
  mailbox: number,
  ranges: UidRanges,
  modseq: number,
): EntryColumns {
  return columnsOf(
    ranges.map(([from, to]) =>
      db.rows(
        `SELECT ${COLUMNS} FROM entries WHERE account = ? AND mailbox = ? AND uid BETWEEN ? AND ? AND modseq > ? ORDER BY uid`,
        account,
        mailbox,
        from,
        to,
        modseq,
      ),
    ),
  )
}

function columnsOf(pages: readonly (readonly SqlValue[][])[]): EntryColumns {
  const length = pages.reduce((sum, page) => sum + page.length, 0)
  const columns = newColumns(length)
  let at = 0
  for (const page of pages) {
    for (const row of page) {
      columns.uid[at] = row[0] as number
      columns.modseq[at] = row[1] as number
      columns.flags[at] = row[2] as number
      columns.keywords[at] = row[3] as string
      columns.octets[at] = row[4] as number
      columns.receivedAt[at] = row[5] as number
      columns.zone[at] = row[6] as number
      columns.savedAt[at] = row[7] as number
      columns.message[at] = row[8] as number
      columns.thread[at] = row[9] as number
      at += 1
    }
  }
  return columns
}
