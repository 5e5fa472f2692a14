import { Flag } from '#ports/metadata.ts'
import type { SqlValue } from './database.ts'
import type { Transaction } from './transaction.ts'
import { uidsOfList } from './uid-set.ts'

/** The entries of one range that meet a condition, summed up in one scan. */
export type Totals = {
  readonly count: number
  readonly uids: Uint32Array
  readonly unseen: number
  readonly deleted: number
  readonly octets: number
  readonly deletedOctets: number
}

type Row = {
  count: number
  list: string | null
  unseen: number
  deleted: number
  octets: number
  deleted_octets: number
}

/**
 * The list of UIDs is made inside the engine: one long text costs a tenth of as many rows. The scan follows the key, so it ascends.
 * `condition` is SQL of our own, never input.
 */
export function totalsOf(
  tx: Transaction,
  mailbox: number,
  [from, to]: readonly [number, number],
  condition: string,
  ...values: readonly SqlValue[]
): Totals {
  const row = tx.db.get<Row>(
    `SELECT count(*) AS count, group_concat(uid) AS list,
       coalesce(sum((flags & ${Flag.seen}) = 0), 0) AS unseen,
       coalesce(sum((flags & ${Flag.deleted}) <> 0), 0) AS deleted,
       coalesce(sum(octets), 0) AS octets,
       coalesce(sum(CASE WHEN (flags & ${Flag.deleted}) <> 0 THEN octets ELSE 0 END), 0) AS deleted_octets
     FROM entries WHERE account = ? AND mailbox = ? AND uid BETWEEN ? AND ?${condition}`,
    tx.account,
    mailbox,
    from,
    to,
    ...values,
  )!
  return {
    count: row.count,
    uids: uidsOfList(row.list, row.count),
    unseen: row.unseen,
    deleted: row.deleted,
    octets: row.octets,
    deletedOctets: row.deleted_octets,
  }
}

/** Joins what was found range by range. */
export function sumTotals(parts: readonly Totals[]): Totals {
  const sum = { count: 0, unseen: 0, deleted: 0, octets: 0, deletedOctets: 0 }
  for (const part of parts) {
    sum.count += part.count
    sum.unseen += part.unseen
    sum.deleted += part.deleted
    sum.octets += part.octets
    sum.deletedOctets += part.deletedOctets
  }
  const uids = new Uint32Array(sum.count)
  let at = 0
  for (const part of parts) {
    uids.set(part.uids, at)
    at += part.count
  }
  return { ...sum, uids }
}
