import type { AccountId, MailboxId, Modseq } from '#base/ids.ts'

/** Something of the account changed: look now. May be lost, doubled or late; says only where to look. */
export type Hint = { readonly account: AccountId; readonly mailbox: MailboxId | null; readonly modseq: Modseq }

export interface Bus {
  /** Calls `listener` for hints of the account until `stop`. Listeners must not throw and must be quick. */
  watch(account: AccountId, listener: (hint: Hint) => void): { stop(): void }
}
