import type { Modseq } from '#base/ids.ts'
import type { Changes } from '#ports/metadata.ts'
import type { Database } from './database.ts'
import { entriesAfter, entriesChanged } from './entry-columns.ts'
import { ChangeKind, type MailboxState } from './transaction.ts'
import { type MutableRanges, normalRanges, parseRanges, uidsOf } from './uid-set.ts'

/** Holes this small between changed UIDs are read over: one statement for a run, and the modseq sorts out who is in it. */
const READ_OVER = 64

/** Reads the change log, which is the index of changes: no entry is looked at that did not change. */
export function changesSince(db: Database, account: number, mailbox: MailboxState, modseq: number): Changes {
  const now = { modseq: mailbox.modseq as Modseq, uidNext: mailbox.uidnext }
  if (modseq < mailbox.log_floor) {
    const changed = entriesAfter(db, account, mailbox.id, 0, Number.MAX_SAFE_INTEGER)
    return { ...now, changed, vanished: new Uint32Array(0), complete: false }
  }
  const touched = normalRanges(loggedUids(db, account, mailbox.id, ChangeKind.changed, modseq), READ_OVER)
  return {
    ...now,
    changed: entriesChanged(db, account, mailbox.id, touched, modseq),
    vanished: vanishedSince(db, account, mailbox, modseq) ?? new Uint32Array(0),
    complete: true,
  }
}

/** null: the log no longer reaches back. */
export function vanishedSince(
  db: Database,
  account: number,
  mailbox: MailboxState,
  modseq: number,
): Uint32Array | null {
  if (modseq < mailbox.log_floor) return null
  return uidsOf(normalRanges(loggedUids(db, account, mailbox.id, ChangeKind.vanished, modseq)))
}

function loggedUids(db: Database, account: number, mailbox: number, kind: ChangeKind, after: number): MutableRanges {
  const rows = db.rows(
    'SELECT uids FROM changes WHERE account = ? AND mailbox = ? AND revision > ? AND kind = ?',
    account,
    mailbox,
    after,
    kind,
  )
  return rows.flatMap(row => parseRanges(row[0] as string))
}

/** The random number of the change that a revision made of a mailbox; null when the log does not have it. */
export function changeNonce(db: Database, account: number, mailbox: number, revision: number): number | null {
  const row = db.get<{ nonce: number }>(
    'SELECT nonce FROM changes WHERE account = ? AND mailbox = ? AND revision = ? ORDER BY kind LIMIT 1',
    account,
    mailbox,
    revision,
  )
  return row?.nonce ?? null
}

/**
 * Forgets what the log of a mailbox holds beyond its newest `keep` rows, and remembers how far back it still reaches.
 * Works on at most `mailboxes` mailboxes at a time; answers how many it trimmed.
 */
export function trimLog(db: Database, keep: number, mailboxes: number): number {
  const long = db.all<{ account: number; mailbox: number }>(
    'SELECT account, mailbox FROM changes GROUP BY account, mailbox HAVING count(*) > ? LIMIT ?',
    keep,
    mailboxes,
  )
  for (const { account, mailbox } of long) {
    const floor = db.get<{ revision: number }>(
      'SELECT revision FROM changes WHERE account = ? AND mailbox = ? ORDER BY revision DESC LIMIT 1 OFFSET ?',
      account,
      mailbox,
      keep,
    )!.revision
    db.run('DELETE FROM changes WHERE account = ? AND mailbox = ? AND revision <= ?', account, mailbox, floor)
    db.run('UPDATE mailboxes SET log_floor = ? WHERE account = ? AND id = ?', floor, account, mailbox)
  }
  return long.length
}
