import type { Octets } from '#base/bytes.ts'
import type { Found } from '#mail/search.ts'
import { highestModseq, type Rows } from '#mail/search-rows.ts'
import type { Numbering } from '#mail/view.ts'
import type { Session } from '../session/session.ts'
import { TimeSlice } from '../session/time-slice.ts'
import type { PartialRange, SearchReturn } from '../wire/syntax.ts'
import { quoted } from '../wire/writer.ts'
import { pageOf } from './partial.ts'

/** Answers of SEARCH and SORT. Lines that may be long are made and written in pieces. */

/** Numbers in one piece of a line. */
const PIECE = 1024

export type Results = Pick<Found, 'rows'> & {
  /** Rows in the order of the answer. */
  readonly positions: Uint32Array
  readonly numbering: Numbering
  readonly withModseq: boolean
}

/** `* SEARCH 2 3 6 (MODSEQ 917162500)`, `* SORT 5 3 4`. RFC 3501 §7.2.5, RFC 7162 §3.1.6, RFC 5256 §4 */
export async function sendNumbers(session: Session, name: 'SEARCH' | 'SORT', results: Results): Promise<void> {
  const { rows, positions, withModseq } = results
  const slice = new TimeSlice()
  session.write(`* ${name}`)
  for (let from = 0; from < positions.length; from += PIECE) {
    session.write(` ${numbersOf(results, positions.subarray(from, from + PIECE)).join(' ')}`)
    await session.drained()
    await slice.rest()
  }
  // In a SORT answer too. RFC 7162 §3.1.5, §7 sort-data
  const modseq = withModseq && positions.length > 0 ? ` (MODSEQ ${highestModseq(rows, positions)})` : ''
  session.write(`${modseq}\r\n`)
}

/** RFC 9051 §7.3.4, RFC 4731 §3.1, RFC 9394 §3.1; for SORT RFC 5267 §3.1 */
export async function sendEsearch(session: Session, returns: SearchReturn, results: Results): Promise<void> {
  const { positions, rows, numbering, withModseq } = results
  const one = (at: number) => numbersOf(results, positions.subarray(at, at + 1))[0]
  session.write(`* ESEARCH (TAG ${quoted(session.tag)})${numbering === 'uid' ? ' UID' : ''}`)
  if (positions.length > 0) {
    if (returns.min) session.write(` MIN ${one(0)}`)
    if (returns.max) session.write(` MAX ${one(positions.length - 1)}`)
  }
  if (returns.count) session.write(` COUNT ${positions.length}`)
  if (returns.all && positions.length > 0) {
    session.write(' ALL ')
    await sendSet(session, results, positions)
  }
  if (returns.partial) {
    const page = pageOf(positions, returns.partial)
    session.write(` PARTIAL (${formatPartial(returns.partial)} `)
    if (page.length === 0) session.write('NIL')
    else await sendSet(session, results, page)
    session.write(')')
  }
  if (withModseq && positions.length > 0) {
    const modseq = highestModseq(rows, reported(positions, returns))
    if (modseq > 0) session.write(` MODSEQ ${modseq}`)
  }
  session.write('\r\n')
}

/**
 * The messages an answer is about: what SAVE puts into `$`, and whose modseqs count. MIN and MAX alone are about those two only.
 * RFC 5182 §2.4, RFC 9394 §3.2, RFC 4731 §3.2
 */
export function reported(positions: Uint32Array, { min, max, all, count, partial }: SearchReturn): Uint32Array {
  if (all || count || !(min || max || partial) || positions.length === 0) return positions
  const some = new Set<number>(partial ? pageOf(positions, partial) : [])
  if (min) some.add(positions[0]!)
  if (max) some.add(positions[positions.length - 1]!)
  return Uint32Array.from(some).sort()
}

/** What `$` is from now on: UIDs, ascending. */
export function savedUids(rows: Rows, positions: Uint32Array, returns: SearchReturn): Uint32Array {
  return reported(positions, returns)
    .map(at => rows.uid[at]!)
    .sort()
}

const formatPartial = ({ from, to }: PartialRange): Octets => `${from}:${to}`

/** A sequence-set in the order of the numbers: only numbers that follow each other upwards become a range. RFC 5267 §3.2 */
async function sendSet(session: Session, results: Results, positions: Uint32Array): Promise<void> {
  const slice = new TimeSlice()
  let separator = ''
  let from = 0
  let last = 0
  let piece = ''
  const close = () => {
    piece += from === last ? `${separator}${from}` : `${separator}${from}:${last}`
    separator = ','
  }
  for (let start = 0; start < positions.length; start += PIECE) {
    for (const number of numbersOf(results, positions.subarray(start, start + PIECE))) {
      if (last > 0 && number === last + 1) last = number
      else {
        if (last > 0) close()
        from = last = number
      }
    }
    session.write(piece)
    piece = ''
    await session.drained()
    await slice.rest()
  }
  close()
  session.write(piece)
}

const numbersOf = ({ rows, numbering }: Results, positions: Uint32Array): Uint32Array =>
  numbering === 'uid' ? positions.map(at => rows.uid[at]!) : positions.map(at => at + 1)
