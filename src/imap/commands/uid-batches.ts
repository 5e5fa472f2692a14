import type { View } from '#mail/view.ts'
import { bad, type Command, no, ok } from '../session/command.ts'
import { quoted } from '../wire/writer.ts'

/** Batches of fewer messages are refused: a client should fetch them without asking where they begin. RFC 10022 */
const LEAST = 500
/** Messages that the batches asked for by index may span. */
const MOST = 100_000
/** Asked so often while the mailbox stays as it is, somebody polls. */
const ALLOWANCE = 100

export type UidBatchesArgs = { readonly size: number; readonly indexes: readonly [first: number, last: number] | null }

/** Ranges of UIDs with so many messages each, newest first, for clients that fetch in batches without message numbers. RFC 10022 */
export const uidBatches: Command<'selected', UidBatchesArgs> = {
  name: 'UIDBATCHES',
  phase: 'selected',

  parse(args) {
    args.space()
    const size = args.nzNumber()
    if (!args.skipSpaces() || args.atEnd()) {
      args.end()
      return { size, indexes: null }
    }
    const first = args.nzNumber()
    args.expect(':')
    const last = args.nzNumber()
    args.end()
    return { size, indexes: [first, last] }
  },

  async run({ session, view }, { size, indexes }) {
    if (indexes && indexes[0] > indexes[1]) return bad('The batches must ascend', ['CLIENTBUG'])
    if (size < LEAST) return no(`A batch has at least ${LEAST} messages`, ['TOOFEW'])
    if (indexes && (indexes[1] - indexes[0] + 1) * size > MOST) return no(`At most ${MOST} messages`, ['TOOMANY'])
    if (asksTooOften(view, size)) return no('The batches have not changed', ['LIMIT'])

    const ranges = batches(view.uids, size, indexes ?? [1, Infinity])
    const list = ranges.map(([high, low]) => `${high}:${low}`).join(',')
    session.write(`* UIDBATCHES (TAG ${quoted(session.tag)})${list === '' ? '' : ` ${list}`}\r\n`)
    return ok('UIDBATCHES done')
  },
}

/**
 * The batches with these indexes, 1 being the newest messages, as [highest, lowest] UID. Each begins just below the one before, and the
 * oldest goes down to 1, so that together they leave nothing out.
 */
export function batches(
  uids: Uint32Array,
  size: number,
  [first, last]: readonly [number, number],
): (readonly [high: number, low: number])[] {
  const count = Math.ceil(uids.length / size)
  const ranges: [number, number][] = []
  for (let k = first; k <= Math.min(last, count); k++) {
    const high = k === 1 ? uids[uids.length - 1]! : uids[uids.length - (k - 1) * size]! - 1
    ranges.push([high, k === count ? 1 : uids[uids.length - k * size]!])
  }
  return ranges
}

type Asked = { times: number; exists: number; last: number }
const asked = new WeakMap<View, Asked>()

/** Batches move only by half when half a batch came or went; asking again before tells nothing. */
function asksTooOften(view: View, size: number): boolean {
  const { exists } = view
  const last = exists > 0 ? view.uidAt(exists) : 0
  const before = asked.get(view)
  if (before && Math.abs(before.exists - exists) <= size / 2 && last - before.last <= size / 2) {
    return ++before.times > ALLOWANCE
  }
  asked.set(view, { times: 1, exists, last })
  return false
}
