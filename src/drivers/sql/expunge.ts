import type { MailboxId, Modseq } from '#base/ids.ts'
import { type Expunged, Flag, type UidRanges } from '#ports/metadata.ts'
import { sumTotals, type Totals, totalsOf } from './entry-totals.ts'
import { ChangeKind, type Transaction } from './transaction.ts'
import { clampRanges, formatRanges, rangesOf } from './uid-set.ts'

/** EXPUNGE: the entries leave the mailbox and stay recoverable until they are purged. */
export function expunge(tx: Transaction, id: MailboxId, uids: UidRanges, onlyDeleted: boolean): Expunged {
  const mailbox = tx.mailbox(id)
  const gone = removeEntries(tx, id, clampRanges(uids, mailbox.uidnext), { onlyDeleted, recoverable: true })
  if (gone.count === 0) return { uids: gone.uids, modseq: mailbox.modseq as Modseq }
  return { uids: gone.uids, modseq: tx.revision }
}

/**
 * Takes entries out of a mailbox, with its totals, quota and log. Those that are not `recoverable` moved elsewhere: they are kept
 * for sessions that still count them, and neither hold the message nor free any quota.
 */
export function removeEntries(
  tx: Transaction,
  mailbox: number,
  ranges: UidRanges,
  how: { readonly onlyDeleted: boolean; readonly recoverable: boolean },
): Totals {
  const condition = how.onlyDeleted ? ` AND (flags & ${Flag.deleted}) <> 0` : ''
  const found: Totals[] = []
  for (const range of ranges) {
    const totals = totalsOf(tx, mailbox, range, condition)
    if (totals.count === 0) continue
    found.push(totals)
    tx.db.run(
      `INSERT INTO expunged (account, mailbox, uid, message, thread, flags, keywords, octets, received_at, zone, saved_at,
         expunged_at, recoverable)
       SELECT account, mailbox, uid, message, thread, flags, keywords, octets, received_at, zone, saved_at, ?, ?
       FROM entries WHERE account = ? AND mailbox = ? AND uid BETWEEN ? AND ?${condition}`,
      tx.now,
      how.recoverable ? 1 : 0,
      tx.account,
      mailbox,
      range[0],
      range[1],
    )
    tx.db.run(
      `DELETE FROM entries WHERE account = ? AND mailbox = ? AND uid BETWEEN ? AND ?${condition}`,
      tx.account,
      mailbox,
      range[0],
      range[1],
    )
  }
  const gone = sumTotals(found)
  if (gone.count === 0) return gone
  const uids = rangesOf(gone.uids)
  if (how.recoverable) tx.use(-gone.octets, -gone.count)
  tx.stamp(mailbox, {
    messages: -gone.count,
    unseen: -gone.unseen,
    deleted: -gone.deleted,
    octets: -gone.octets,
    deletedOctets: -gone.deletedOctets,
  })
  tx.log(mailbox, ChangeKind.vanished, uids)
  tx.db.run(
    'INSERT INTO expunges (account, mailbox, expunged_at, uids) VALUES (?, ?, ?, ?)',
    tx.account,
    mailbox,
    tx.now,
    formatRanges(uids),
  )
  return gone
}
