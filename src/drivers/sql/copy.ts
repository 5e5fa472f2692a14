import { Refusal } from '#base/errors.ts'
import { MAX_UID, type MailboxId, type Modseq } from '#base/ids.ts'
import type { Copied, UidRanges } from '#ports/metadata.ts'
import { sumTotals, type Totals, totalsOf } from './entry-totals.ts'
import { removeEntries } from './expunge.ts'
import { Spellings, splitKeywords } from './keywords.ts'
import { ChangeKind, type MailboxState, type Transaction } from './transaction.ts'
import { clampRanges, rangesOf } from './uid-set.ts'

/** COPY: new entries for the same messages. */
export function copy(tx: Transaction, source: MailboxId, uids: UidRanges, target: MailboxId): Copied {
  const [ranges, into] = resolve(tx, source, uids, target)
  return copyEntries(tx, source, ranges, into, true)
}

/** MOVE: the entries continue in the target; nothing is used and nothing freed. RFC 6851 */
export function move(tx: Transaction, source: MailboxId, uids: UidRanges, target: MailboxId): Copied {
  const [ranges, into] = resolve(tx, source, uids, target)
  const copied = copyEntries(tx, source, ranges, into, false)
  if (copied.from.length > 0) {
    removeEntries(tx, source, rangesOf(copied.from), { onlyDeleted: false, recoverable: false })
  }
  return copied
}

function resolve(tx: Transaction, source: MailboxId, uids: UidRanges, target: MailboxId) {
  const from = tx.mailbox(source)
  return [clampRanges(uids, from.uidnext), tx.mailbox(target, 'target-missing')] as const
}

function copyEntries(
  tx: Transaction,
  source: MailboxId,
  ranges: UidRanges,
  target: MailboxState,
  counted: boolean,
): Copied {
  const found: Totals[] = []
  let uidNext = target.uidnext
  for (const range of ranges) {
    const totals = totalsOf(tx, source, range, '')
    if (totals.count === 0) continue
    if (uidNext + totals.count - 1 > MAX_UID) throw new Refusal('limit', 'The mailbox has no UIDs left')
    insertCopies(tx, source, totals, target.id, uidNext)
    if (counted) countCopies(tx, source, totals)
    uidNext += totals.count
    found.push(totals)
  }
  const all = sumTotals(found)
  const to = Uint32Array.from({ length: all.count }, (_, i) => target.uidnext + i)
  if (all.count === 0) return { uidValidity: target.uidvalidity, from: all.uids, to, modseq: target.modseq as Modseq }

  if (counted) tx.use(all.octets, all.count)
  mergeKeywords(tx, target)
  tx.stamp(target.id, {
    uidNext,
    messages: all.count,
    unseen: all.unseen,
    deleted: all.deleted,
    octets: all.octets,
    deletedOctets: all.deletedOctets,
  })
  tx.log(target.id, ChangeKind.changed, [[target.uidnext, uidNext - 1]])
  return { uidValidity: target.uidvalidity, from: all.uids, to, modseq: tx.revision }
}

/** One statement for a range without holes, where the new UID is a sum; else the rows are numbered. */
function insertCopies(tx: Transaction, source: number, totals: Totals, target: number, first: number): void {
  const from = totals.uids[0]!
  const to = totals.uids[totals.count - 1]!
  const dense = to - from + 1 === totals.count
  tx.db.run(
    `INSERT INTO entries
       (account, mailbox, uid, message, thread, modseq, flags, keywords, octets, received_at, zone, saved_at)
     SELECT account, ?, ${dense ? 'uid' : 'row_number() OVER (ORDER BY uid)'} + ?, message, thread, ?, flags, keywords, octets,
       received_at, zone, ?
     FROM entries WHERE account = ? AND mailbox = ? AND uid BETWEEN ? AND ?`,
    target,
    first - (dense ? from : 1),
    tx.revision,
    tx.now,
    tx.account,
    source,
    from,
    to,
  )
}

function countCopies(tx: Transaction, source: number, totals: Totals): void {
  tx.db.run(
    `INSERT INTO copies (account, message, extra)
     SELECT account, message, count(*) FROM entries WHERE account = ? AND mailbox = ? AND uid BETWEEN ? AND ?
     GROUP BY account, message
     ON CONFLICT (account, message) DO UPDATE SET extra = extra + excluded.extra`,
    tx.account,
    source,
    totals.uids[0]!,
    totals.uids[totals.count - 1]!,
  )
}

/** New entries come with the keywords of where they were; here they get the target's spelling. */
export function mergeKeywords(tx: Transaction, target: MailboxState): void {
  const texts = tx.db.rows(
    `SELECT DISTINCT keywords FROM entries WHERE account = ? AND mailbox = ? AND uid >= ? AND keywords <> ''`,
    tx.account,
    target.id,
    target.uidnext,
  )
  const spellings = new Spellings(tx.db, tx.account, target.id)
  for (const [text] of texts as [string][]) {
    const merged = spellings.text(splitKeywords(text))
    if (merged === text) continue
    tx.db.run(
      'UPDATE entries SET keywords = ? WHERE account = ? AND mailbox = ? AND uid >= ? AND keywords = ?',
      merged,
      tx.account,
      target.id,
      target.uidnext,
      text,
    )
  }
  spellings.save()
}
