import type { Database } from './database.ts'
import type { MailboxState } from './transaction.ts'

export type MailboxTotals = MailboxState & { readonly recent_from: number; readonly messages: number }

/** What reads of a mailbox need to know of it first. */
export function mailboxState(db: Database, account: number, mailbox: number): MailboxTotals | undefined {
  return db.get(
    'SELECT id, name, uidvalidity, uidnext, modseq, log_floor, recent_from, messages FROM mailboxes WHERE account = ? AND id = ?',
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
