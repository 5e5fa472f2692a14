import { MAX_UID } from '#base/ids.ts'
import type { SequenceSet } from './search-program.ts'
import type { Rows } from './search-rows.ts'
import { lowerBound } from './state.ts'

/** Rows as ascending, disjoint spans [from, to). Cost grows with what a set names, never with the numbers written. */
export type Spans = readonly (readonly [from: number, to: number])[]

/**
 * Rows with these sequence numbers. Numbers above the last message name nothing here: a search matches what is there, and clients
 * search `1:*` in empty mailboxes. RFC 9051 §6.4.4
 */
export function sequenceSpans(rows: Rows, set: Exclude<SequenceSet, 'saved'>): Spans {
  const last = rows.length
  if (last === 0) return []
  return joined(
    set.map(([a, b]) => {
      const [from, to] = ordered(a, b, last)
      return [from - 1, Math.min(to, last)] as const
    }),
  )
}

/** Rows with these UIDs; `*` is the last message's. RFC 9051 §9 seq-range */
export function uidSpans(rows: Rows, set: Exclude<SequenceSet, 'saved'>): Spans {
  if (rows.length === 0) return []
  const last = rows.uid[rows.length - 1]!
  return joined(
    set.map(([a, b]) => {
      const [from, to] = ordered(a, b, last)
      return [lowerBound(rows.uid, rows.length, from), above(rows, to)] as const
    }),
  )
}

/** Rows whose UID is above, or below, the given one. RFC 9738 §3.2 */
export const uidAfterSpans = (rows: Rows, uid: number): Spans => joined([[above(rows, uid), rows.length]])
export const uidBeforeSpans = (rows: Rows, uid: number): Spans => joined([[0, lowerBound(rows.uid, rows.length, uid)]])

/** Rows with the UIDs of an ascending list; those that are gone drop out. RFC 5182 §2.1 */
export function savedSpans(rows: Rows, uids: Uint32Array): Spans {
  const spans: [number, number][] = []
  for (const uid of uids) {
    const at = lowerBound(rows.uid, rows.length, uid)
    if (at >= rows.length || rows.uid[at] !== uid) continue
    const last = spans[spans.length - 1]
    if (last?.[1] === at) last[1]++
    else spans.push([at, at + 1])
  }
  return spans
}

const above = (rows: Rows, uid: number): number =>
  uid >= MAX_UID ? rows.length : lowerBound(rows.uid, rows.length, uid + 1)

function ordered(a: number, b: number, last: number): readonly [number, number] {
  const from = a === Infinity ? last : a
  const to = b === Infinity ? last : b
  return from <= to ? [from, to] : [to, from]
}

function joined(spans: (readonly [number, number])[]): Spans {
  const ascending = spans.filter(([from, to]) => from < to).sort((x, y) => x[0] - y[0])
  const out: [number, number][] = []
  for (const [from, to] of ascending) {
    const last = out[out.length - 1]
    if (last && from <= last[1]) last[1] = Math.max(last[1], to)
    else out.push([from, to])
  }
  return out
}

export function intersect(a: Spans, b: Spans): Spans {
  const both: [number, number][] = []
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const from = Math.max(a[i]![0], b[j]![0])
    const to = Math.min(a[i]![1], b[j]![1])
    if (from < to) both.push([from, to])
    if (a[i]![1] < b[j]![1]) i++
    else j++
  }
  return both
}

export const size = (spans: Spans): number => spans.reduce((sum, [from, to]) => sum + to - from, 0)

/** The last `count` rows of the spans. */
export function newest(spans: Spans, count: number): Spans {
  const kept: (readonly [number, number])[] = []
  for (let i = spans.length - 1, left = count; i >= 0 && left > 0; i--) {
    const [from, to] = spans[i]!
    kept.push([Math.max(from, to - left), to])
    left -= to - from
  }
  return kept.reverse()
}

/** Tells whether a row is in the spans; fast for rows asked in order, and never slow. */
export function membership(spans: Spans): (at: number) => boolean {
  // What was found last, and from where to where the answer is the same.
  let from = 0
  let to = 0
  let inside = false
  return at => {
    if (at >= from && at < to) return inside
    let low = 0
    let high = spans.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (spans[middle]![1] <= at) low = middle + 1
      else high = middle
    }
    const span = spans[low]
    inside = span !== undefined && span[0] <= at
    from = inside ? span![0] : (spans[low - 1]?.[1] ?? 0)
    to = inside ? span![1] : (span?.[0] ?? Infinity)
    return inside
  }
}
