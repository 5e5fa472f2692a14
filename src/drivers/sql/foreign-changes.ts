import type { AccountId, MailboxId, Modseq } from '#base/ids.ts'
import type { Hint } from '#ports/bus.ts'
import type { Database } from './database.ts'

/** What changed in an account after a revision, as hints: one for each mailbox, or one for the account when no mailbox did. */
export function revisionsAfter(
  db: Database,
  account: AccountId,
  told: number,
): { readonly revision: number; readonly hints: readonly Hint[] } {
  const revision = db.get<{ revision: number }>('SELECT revision FROM accounts WHERE id = ?', account)?.revision ?? 0
  if (revision <= told) return { revision, hints: [] }
  const mailboxes = db
    .all<{ id: MailboxId; modseq: Modseq }>(
      'SELECT id, modseq FROM mailboxes WHERE account = ? AND modseq > ?',
      account,
      told,
    )
    .map(({ id, modseq }) => ({ account, mailbox: id, modseq }))
  return { revision, hints: [...mailboxes, { account, mailbox: null, modseq: revision as Modseq }] }
}
