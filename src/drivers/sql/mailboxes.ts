import { Refusal } from '#base/errors.ts'
import { MAX_UID, type MailboxId } from '#base/ids.ts'
import { limits } from '#base/limits.ts'
import type { MailboxRow, Role } from '#ports/metadata.ts'
import type { Database } from './database.ts'
import { removeEntries } from './expunge.ts'
import { ChangeKind, type Transaction } from './transaction.ts'

const COLUMNS = `id, name, role, uidvalidity AS "uidValidity", uidnext AS "uidNext", modseq, messages, unseen, deleted, octets,
  deleted_octets AS "deletedOctets", recent_from AS "recentFrom", created_at AS "createdAt"`

export function allMailboxes(db: Database, account: number): MailboxRow[] {
  return db.all<MailboxRow>(
    `SELECT ${COLUMNS} FROM mailboxes WHERE account = ? ORDER BY name <> 'INBOX', name`,
    account,
  )
}

export function mailboxById(db: Database, account: number, id: number): MailboxRow | null {
  return db.get<MailboxRow>(`SELECT ${COLUMNS} FROM mailboxes WHERE account = ? AND id = ?`, account, id) ?? null
}

export function mailboxByName(db: Database, account: number, name: string): MailboxRow | null {
  return db.get<MailboxRow>(`SELECT ${COLUMNS} FROM mailboxes WHERE account = ? AND name = ?`, account, name) ?? null
}

export function createMailboxes(
  tx: Transaction,
  mailboxes: readonly { name: string; role?: Role }[],
): readonly MailboxRow[] {
  const { count } = tx.db.get<{ count: number }>(
    'SELECT count(*) AS count FROM mailboxes WHERE account = ?',
    tx.account,
  )!
  if (count + mailboxes.length > limits.mailboxes) throw new Refusal('limit', 'The account has too many mailboxes')
  return mailboxes.map(({ name, role }) => createMailbox(tx, name, role ?? null))
}

function createMailbox(tx: Transaction, name: string, role: Role | null): MailboxRow {
  requireFreeName(tx, name)
  if (role !== null) requireFreeRole(tx, role)
  const id = tx.nextMailbox()
  tx.db.run(
    `INSERT INTO mailboxes (account, id, owner, name, role, uidvalidity, uidnext, modseq, messages, unseen, deleted, octets,
       deleted_octets, recent_from, log_floor, seen_policy, created_at)
     VALUES (?, ?, ?, ?, ?, ?, 1, ?, 0, 0, 0, 0, 0, 1, 0, 'shared', ?)`,
    tx.account,
    id,
    tx.account,
    name,
    role,
    tx.nextUidValidity(),
    tx.revision,
    tx.now,
  )
  tx.log(id, ChangeKind.mailbox)
  tx.hint(null)
  return mailboxById(tx.db, tx.account, id)!
}

export function deleteMailbox(tx: Transaction, id: MailboxId): void {
  const mailbox = tx.mailbox(id)
  removeEntries(tx, id, [[1, MAX_UID]], { onlyDeleted: false, recoverable: true })
  tx.db.run('DELETE FROM mailboxes WHERE account = ? AND id = ?', tx.account, id)
  for (const table of ['keywords', 'changes', 'annotations', 'acl', 'reader_seen']) {
    tx.db.run(`DELETE FROM ${table} WHERE account = ? AND mailbox = ?`, tx.account, id)
  }
  tx.db.run(
    'INSERT INTO gone_mailboxes (account, id, name, deleted_at) VALUES (?, ?, ?, ?)',
    tx.account,
    id,
    mailbox.name,
    tx.now,
  )
  tx.hint(id)
  tx.log(0, ChangeKind.mailbox)
}

export function renameMailboxes(
  tx: Transaction,
  renames: readonly { id: MailboxId; name: string }[],
  parents: readonly string[],
): void {
  for (const { id } of renames) tx.mailbox(id)
  // Names may be exchanged, so all of them are put aside first. No mailbox name has a NUL.
  for (const { id } of renames) setName(tx, id, `\0${id}`)
  for (const name of parents) if (mailboxByName(tx.db, tx.account, name) === null) createMailboxes(tx, [{ name }])
  for (const { id, name } of renames) {
    requireFreeName(tx, name)
    setName(tx, id, name)
    tx.stamp(id, {})
    tx.log(id, ChangeKind.mailbox)
  }
  if (renames.length > 0) tx.hint(null)
}

export function setRole(tx: Transaction, id: MailboxId, role: Role | null): void {
  tx.mailbox(id)
  if (mailboxById(tx.db, tx.account, id)?.role === role) return
  if (role !== null) requireFreeRole(tx, role)
  tx.db.run('UPDATE mailboxes SET role = ? WHERE account = ? AND id = ?', role, tx.account, id)
  tx.stamp(id, {})
  tx.log(id, ChangeKind.mailbox)
  tx.hint(null)
}

export function claimRecent(tx: Transaction, id: MailboxId): { from: number; to: number } {
  tx.mailbox(id)
  const row = mailboxById(tx.db, tx.account, id)!
  if (row.recentFrom < row.uidNext) {
    tx.db.run('UPDATE mailboxes SET recent_from = uidnext WHERE account = ? AND id = ?', tx.account, id)
  }
  return { from: row.recentFrom, to: row.uidNext }
}

export function subscriptions(db: Database, account: number): string[] {
  return db
    .all<{ name: string }>('SELECT name FROM subscriptions WHERE account = ? ORDER BY name', account)
    .map(row => row.name)
}

export function setSubscribed(tx: Transaction, names: readonly string[], subscribed: boolean): void {
  let changed = 0
  for (const name of names) {
    changed += subscribed
      ? tx.db.run('INSERT INTO subscriptions (account, name) VALUES (?, ?) ON CONFLICT DO NOTHING', tx.account, name)
      : tx.db.run('DELETE FROM subscriptions WHERE account = ? AND name = ?', tx.account, name)
  }
  if (changed > 0) tx.log(0, ChangeKind.mailbox)
}

function setName(tx: Transaction, id: MailboxId, name: string): void {
  tx.db.run('UPDATE mailboxes SET name = ? WHERE account = ? AND id = ?', name, tx.account, id)
}

function requireFreeName(tx: Transaction, name: string): void {
  if (mailboxByName(tx.db, tx.account, name) !== null) throw new Refusal('mailbox-exists', 'The mailbox exists already')
}

function requireFreeRole(tx: Transaction, role: Role): void {
  const taken = tx.db.get('SELECT 1 AS found FROM mailboxes WHERE account = ? AND role = ?', tx.account, role)
  if (taken !== undefined) throw new Refusal('mailbox-exists', 'Another mailbox has this special use')
}
