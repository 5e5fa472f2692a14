import type { MailboxId } from '#base/ids.ts'
import { foldText } from '#mime/fold.ts'
import type { SortRow } from '#ports/metadata.ts'
import type { Mail } from './mail.ts'
import { MESSAGE_PAGE } from './read.ts'
import type { Found } from './search.ts'
import type { Pace } from './search-pace.ts'
import type { SortKey } from './search-program.ts'
import { collationKey, compareText, orderOf } from './sort-order.ts'

/** The rows of a search in the order of the keys; where all are equal, in that of the mailbox. RFC 5256 §3 SORT, RFC 5957 */
export async function sortFound(
  mail: Mail,
  mailbox: MailboxId,
  found: Pick<Found, 'rows' | 'positions'>,
  keys: readonly SortKey[],
  pace: Pace,
): Promise<Uint32Array> {
  const { positions } = found
  // A key that comes again decides nothing.
  const columns = keys
    .filter((key, i) => keys.findIndex(({ by }) => by === key.by) === i)
    .map(key => columnOf(key, found))
  if (columns.some(column => column.take)) {
    await eachSortRow(mail, mailbox, found, pace, (row, i) => {
      for (const column of columns) column.take?.(row, i)
    })
  }
  const compares = columns.map(column => column.compare)
  const [only] = compares
  const compare = compares.length === 1 ? only! : (a: number, b: number) => firstDifference(compares, a, b)
  const order = await orderOf(positions.length, compare, pace)
  return order.map(i => positions[i]!)
}

type Compare = (a: number, b: number) => number

function firstDifference(compares: readonly Compare[], a: number, b: number): number {
  for (const compare of compares) {
    const difference = compare(a, b)
    if (difference !== 0) return difference
  }
  return 0
}

/** What is compared, by index into the positions; `take` fills it from the store where memory does not have it. */
type Column = { readonly compare: Compare; readonly take?: (row: SortRow, i: number) => void }

function columnOf({ by, reverse }: SortKey, { rows, positions }: Pick<Found, 'rows' | 'positions'>): Column {
  switch (by) {
    case 'ARRIVAL':
      return { compare: byNumber(at => rows.receivedAt[positions[at]!]!, reverse) }
    case 'SIZE':
      return { compare: byNumber(at => rows.octets[positions[at]!]!, reverse) }
    case 'DATE': {
      // INTERNALDATE stands in for a Date that is not there. RFC 5256 §2.2
      const sent = Float64Array.from(positions, at => rows.receivedAt[at]!)
      return {
        compare: byNumber(i => sent[i]!, reverse),
        take(row, i) {
          if (row.sentAt !== null) sent[i] = row.sentAt
        },
      }
    }
    default: {
      const value = textOf[by]
      const texts = new Array<string>(positions.length).fill('')
      const known = new Map<string, string>()
      return {
        compare: (a, b) => (reverse ? compareText(texts[b]!, texts[a]!) : compareText(texts[a]!, texts[b]!)),
        take(row, i) {
          const text = value(row)
          const key = known.get(text) ?? collationKey(by === 'SUBJECT' ? text : foldText(text))
          known.set(text, key)
          texts[i] = key
        },
      }
    }
  }
}

const byNumber =
  (value: (i: number) => number, reverse: boolean): Compare =>
  (a, b) =>
    reverse ? value(b) - value(a) : value(a) - value(b)

const textOf: Readonly<Record<Exclude<SortKey['by'], 'ARRIVAL' | 'SIZE' | 'DATE'>, (row: SortRow) => string>> = {
  CC: row => row.cc,
  DISPLAYFROM: row => row.displayFrom,
  DISPLAYTO: row => row.displayTo,
  FROM: row => row.from,
  // Folded at ingest.
  SUBJECT: row => row.baseSubject,
  TO: row => row.to,
}

/** Sort rows of what was found, by index into the positions. A message that is gone for good has none. */
export async function eachSortRow(
  mail: Mail,
  mailbox: MailboxId,
  { rows, positions }: Pick<Found, 'rows' | 'positions'>,
  pace: Pace,
  take: (row: SortRow, i: number) => void,
): Promise<void> {
  pace.begin(positions.length)
  for (let from = 0; from < positions.length; from += MESSAGE_PAGE) {
    const page = positions.subarray(from, from + MESSAGE_PAGE)
    let i = from
    for (const row of await mail.metadata.sortRows(
      mail.account,
      mailbox,
      page.map(at => rows.uid[at]!),
    )) {
      while (i < from + page.length && rows.uid[positions[i]!]! < row.uid) i++
      if (rows.uid[positions[i]!] === row.uid) take(row, i)
    }
    pace.did(page.length)
    const wait = pace.rest()
    if (wait) await wait
  }
}
