import { StoreFault } from '#base/errors.ts'
import type { AccountId } from '#base/ids.ts'
import type { AccountRow, Quota } from '#ports/metadata.ts'
import type { Database } from './database.ts'
import { createMailboxes, deleteMailbox } from './mailboxes.ts'
import { Transaction } from './transaction.ts'

type Row = {
  id: AccountId
  revision: AccountRow['revision']
  quota_octets: number | null
  quota_messages: number | null
  used_octets: number
  used_messages: number
}

/** @throws {StoreFault} `missing` */
export function account(db: Database, id: AccountId): AccountRow {
  const row = db.get<Row>(
    `SELECT id, revision, quota_octets, quota_messages, used_octets, used_messages FROM accounts
     WHERE id = ? AND state = 'active'`,
    id,
  )
  if (row === undefined) throw new StoreFault('missing', 'no such account')
  return {
    id: row.id,
    revision: row.revision,
    quota: { octets: row.quota_octets, messages: row.quota_messages },
    used: { octets: row.used_octets, messages: row.used_messages },
  }
}

/** Which accounts a shard gives ids to: those whose id leaves `shard` when divided by `shards`. */
export type ShardPlace = { readonly shard: number; readonly shards: number }

/** Makes an account with its INBOX. Ids of deleted accounts are not given again. */
export function createAccount(db: Database, now: number, { shard, shards }: ShardPlace): AccountId {
  const last = db.get<{ value: number }>(`SELECT value FROM counters WHERE name = 'account'`)?.value
  const id = (last === undefined ? shard || shards : last + shards) as AccountId
  db.run(
    `INSERT INTO counters (name, value) VALUES ('account', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
    id,
  )
  db.run(
    `INSERT INTO accounts (id, state, epoch, revision, used_octets, used_messages, last_uidvalidity, last_mailbox, created_at)
     VALUES (?, 'active', 1, 0, 0, 0, 0, 0, ?)`,
    id,
    now,
  )
  const tx = new Transaction(db, id, now, [])
  createMailboxes(tx, [{ name: 'INBOX' }])
  tx.finish()
  return id
}

/** The account is gone at once; its mail goes with the next purges, as if it had been expunged long ago. */
export function deleteAccount(db: Database, id: AccountId): void {
  const tx = new Transaction(db, id, 0, [])
  for (const { id: mailbox } of db.all<{ id: number }>('SELECT id FROM mailboxes WHERE account = ?', id)) {
    deleteMailbox(tx, mailbox as Parameters<typeof deleteMailbox>[1])
  }
  tx.finish()
  db.run('UPDATE expunged SET expunged_at = 0 WHERE account = ?', id)
  db.run('UPDATE expunges SET expunged_at = 0 WHERE account = ?', id)
  for (const table of ['subscriptions', 'thread_keys', 'changes', 'operations', 'gone_mailboxes']) {
    db.run(`DELETE FROM ${table} WHERE account = ?`, id)
  }
  db.run(`UPDATE accounts SET state = 'deleted' WHERE id = ?`, id)
}

export function setQuota(tx: Transaction, limit: Quota): void {
  tx.setQuota(limit.octets, limit.messages)
}

/** Accounts that are there now; used to place a new one on the emptiest shard. */
export function countAccounts(db: Database): number {
  return db.get<{ count: number }>(`SELECT count(*) AS count FROM accounts WHERE state = 'active'`)!.count
}
