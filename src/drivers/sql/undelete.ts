import { Refusal } from '#base/errors.ts'
import { MAX_UID, type MailboxId, type Modseq } from '#base/ids.ts'
import { type Copied, type ExpungedRow, Flag, type UidRanges } from '#ports/metadata.ts'
import { mergeKeywords } from './copy.ts'
import type { Database, SqlValue } from './database.ts'
import { ChangeKind, type Transaction } from './transaction.ts'
import { normalRanges } from './uid-set.ts'

const NAMED = `(SELECT id, name FROM mailboxes WHERE account = ?1 UNION ALL SELECT id, name FROM gone_mailboxes WHERE account = ?1)`

/** Newest first; a mailbox that was renamed is called what it is called now, a deleted one by its last name. */
export function expungedRows(db: Database, account: number, limit: number): ExpungedRow[] {
  return db.all<ExpungedRow>(
    `SELECT n.name AS mailbox, x.uid, x.message, x.octets, x.expunged_at AS "expungedAt", m.envelope
     FROM expunged x JOIN ${NAMED} n ON n.id = x.mailbox JOIN messages m ON m.id = x.message
     WHERE x.account = ?1 AND x.recoverable = 1
     ORDER BY x.expunged_at DESC, x.mailbox, x.uid DESC LIMIT ?2`,
    account,
    Math.min(limit, Number.MAX_SAFE_INTEGER),
  )
}

type Kept = { mailbox: number; uid: number; flags: number; octets: number }

/** Brings entries back, ascending by the UID they had. */
export function undelete(tx: Transaction, name: string, uids: UidRanges, target: MailboxId): Copied {
  const into = tx.mailbox(target, 'target-missing')
  const rows = keptRows(tx, name, uids)
  if (into.uidnext + rows.length - 1 > MAX_UID) throw new Refusal('limit', 'The mailbox has no UIDs left')
  const from = Uint32Array.from(rows, row => row.uid)
  const to = Uint32Array.from(rows, (_, i) => into.uidnext + i)
  if (rows.length === 0) return { uidValidity: into.uidvalidity, from, to, modseq: into.modseq as Modseq }

  let octets = 0
  let unseen = 0
  rows.forEach((row, i) => {
    bringBack(tx, row, target, to[i]!)
    octets += row.octets
    if ((row.flags & Flag.seen) === 0) unseen += 1
  })
  tx.use(octets, rows.length)
  mergeKeywords(tx, into)
  const uidNext = into.uidnext + rows.length
  tx.stamp(target, { uidNext, messages: rows.length, unseen, octets })
  tx.log(target, ChangeKind.changed, [[into.uidnext, uidNext - 1]])
  return { uidValidity: into.uidvalidity, from, to, modseq: tx.revision }
}

function keptRows(tx: Transaction, name: string, uids: UidRanges): Kept[] {
  return normalRanges(uids)
    .flatMap(([low, high]) =>
      tx.db.all<Kept>(
        `SELECT x.mailbox, x.uid, x.flags, x.octets FROM expunged x JOIN ${NAMED} n ON n.id = x.mailbox
         WHERE x.account = ?1 AND x.recoverable = 1 AND n.name = ?2 AND x.uid BETWEEN ?3 AND ?4`,
        tx.account,
        name,
        low,
        high,
      ),
    )
    .sort((a, b) => a.uid - b.uid)
}

function bringBack(tx: Transaction, row: Kept, target: number, uid: number): void {
  const key: SqlValue[] = [tx.account, row.mailbox, row.uid]
  tx.db.run(
    `INSERT INTO entries
       (account, mailbox, uid, message, thread, modseq, flags, keywords, octets, received_at, zone, saved_at)
     SELECT account, ?, ?, message, thread, ?, flags & ~ ${Flag.deleted}, keywords, octets, received_at, zone, ?
     FROM expunged WHERE account = ? AND mailbox = ? AND uid = ?`,
    target,
    uid,
    tx.revision,
    tx.now,
    ...key,
  )
  tx.db.run('UPDATE expunged SET recoverable = 0 WHERE account = ? AND mailbox = ? AND uid = ?', ...key)
}
