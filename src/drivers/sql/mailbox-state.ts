import type { Database } from './database.ts'
import type { MailboxState } from './transaction.ts'

/** What reads of a mailbox need to know of it first. */
export function mailboxState(
  db: Database,
  account: number,
  mailbox: number,
): (MailboxState & { recent_from: number }) | undefined {
  return db.get(
    'SELECT id, name, uidvalidity, uidnext, modseq, log_floor, recent_from FROM mailboxes WHERE account = ? AND id = ?',
    account,
    mailbox,
  )
}

export function keywordSpellings(db: Database, account: number, mailbox: number): string[] {
  return db
    .all<{ spelling: string }>(
      'SELECT spelling FROM keywords WHERE account = ? AND mailbox = ? ORDER BY folded',
      account,
      mailbox,
    )
    .map(row => row.spelling)
}
