import type { MailboxId, Modseq } from '#base/ids.ts'
import { Flag, type FlagChange, type FlagResult } from '#ports/metadata.ts'
import { sumTotals, type Totals, totalsOf } from './entry-totals.ts'
import { foldKeyword, Spellings, splitKeywords } from './keywords.ts'
import { ChangeKind, type Transaction } from './transaction.ts'
import { clampRanges, rangesOf, uidsOfList } from './uid-set.ts'

/** STORE. Two statements for each range of UIDs, or, when keywords take part, for each range and distinct set of keywords in it. */
export function setFlags(tx: Transaction, id: MailboxId, change: FlagChange): FlagResult {
  const mailbox = tx.mailbox(id)
  const ranges = clampRanges(change.uids, mailbox.uidnext)
  const spellings = new Spellings(tx.db, tx.account, id)
  const touchesKeywords = change.action === 'replace' || change.keywords.length > 0
  // The revision is only taken when something is different; until then nothing is written.
  const found: Totals[] = []
  const modified: Uint32Array[] = []
  for (const range of ranges) {
    if (change.unchangedSince !== undefined) modified.push(tooNew(tx, id, range, change.unchangedSince))
    const parts = touchesKeywords
      ? keywordTexts(tx, id, range).map(text =>
          changePart(tx, id, range, change, [text, newText(spellings, text, change)]),
        )
      : [changePart(tx, id, range, change, null)]
    found.push(parts.length === 1 ? parts[0]! : ascending(sumTotals(parts)))
  }
  const total = sumTotals(found)
  const answer = { changed: total.uids, modified: joined(modified) }
  if (total.count === 0) return { ...answer, modseq: mailbox.modseq as Modseq }

  const after = (bit: number, before: number): number => {
    if ((change.flags & bit) !== 0) return change.action === 'remove' ? 0 : total.count
    return change.action === 'replace' ? 0 : before
  }
  const deletedAfter = after(Flag.deleted, total.deleted)
  tx.stamp(id, {
    unseen: total.count - after(Flag.seen, total.count - total.unseen) - total.unseen,
    deleted: deletedAfter - total.deleted,
    deletedOctets:
      (deletedAfter === total.count ? total.octets : deletedAfter === 0 ? 0 : total.deletedOctets) -
      total.deletedOctets,
  })
  spellings.save()
  tx.log(id, ChangeKind.changed, rangesOf(total.uids))
  return { ...answer, modseq: tx.revision }
}

/** Changes the entries of one range (and one keyword text) that become different, and answers what they were. */
function changePart(
  tx: Transaction,
  mailbox: MailboxId,
  range: readonly [number, number],
  change: FlagChange,
  keywords: readonly [from: string, to: string] | null,
): Totals {
  const { flags } = change
  const [assign, differs] = {
    add: ['flags | ?', '(flags & ?) <> ?'],
    remove: ['flags & ~ ?', '(flags & ?) <> ?'],
    replace: ['?', '(flags | ?) <> ?'],
  }[change.action] as [string, string]
  // The second value of `differs`: the bits that make an entry one that needs no change.
  const settled = change.action === 'add' ? [flags, flags] : change.action === 'remove' ? [flags, 0] : [0, flags]
  const keywordsDiffer = keywords !== null && keywords[0] !== keywords[1]
  let condition = keywordsDiffer ? '' : ` AND ${differs}`
  const values: (number | string)[] = keywordsDiffer ? [] : settled
  if (keywords !== null) {
    condition += ' AND keywords = ?'
    values.push(keywords[0])
  }
  if (change.unchangedSince !== undefined) {
    condition += ' AND modseq <= ?'
    values.push(change.unchangedSince)
  }
  const totals = totalsOf(tx, mailbox, range, condition, ...values)
  if (totals.count === 0) return totals
  tx.db.run(
    `UPDATE entries SET flags = ${assign}, modseq = ?${keywordsDiffer ? ', keywords = ?' : ''}
     WHERE account = ? AND mailbox = ? AND uid BETWEEN ? AND ?${condition}`,
    flags,
    tx.revision,
    ...(keywordsDiffer ? [keywords[1]] : []),
    tx.account,
    mailbox,
    range[0],
    range[1],
    ...values,
  )
  return totals
}

function newText(spellings: Spellings, text: string, change: FlagChange): string {
  if (change.action === 'replace') return spellings.text(change.keywords)
  const old = splitKeywords(text)
  if (change.action === 'add') return spellings.text([...old, ...change.keywords])
  const gone = new Set(change.keywords.map(foldKeyword))
  return old.filter(keyword => !gone.has(foldKeyword(keyword))).join(' ')
}

function keywordTexts(tx: Transaction, mailbox: MailboxId, [from, to]: readonly [number, number]): string[] {
  return tx.db
    .rows(
      'SELECT DISTINCT keywords FROM entries WHERE account = ? AND mailbox = ? AND uid BETWEEN ? AND ?',
      tx.account,
      mailbox,
      from,
      to,
    )
    .map(row => row[0] as string)
}

function tooNew(
  tx: Transaction,
  mailbox: MailboxId,
  [from, to]: readonly [number, number],
  since: number,
): Uint32Array {
  const row = tx.db.get<{ count: number; list: string | null }>(
    `SELECT count(*) AS count, group_concat(uid) AS list FROM entries
     WHERE account = ? AND mailbox = ? AND uid BETWEEN ? AND ? AND modseq > ?`,
    tx.account,
    mailbox,
    from,
    to,
    since,
  )!
  return uidsOfList(row.list, row.count)
}

const ascending = (totals: Totals): Totals => ({ ...totals, uids: totals.uids.sort() })

function joined(lists: readonly Uint32Array[]): Uint32Array {
  const all = new Uint32Array(lists.reduce((sum, list) => sum + list.length, 0))
  let at = 0
  for (const list of lists) {
    all.set(list, at)
    at += list.length
  }
  return all
}
