import { SyntaxFault } from '#base/errors.ts'
import type { UidRanges } from '#ports/metadata.ts'
import type { SequenceSet } from './syntax.ts'

/**
 * Sets of numbers as ascending, disjoint, not adjacent ranges (`UidRanges`). Nothing here counts through a range unless asked to.
 *
 *   normalise(set, max)       what the client wrote -> ranges within 1..max; '*' is max
 *   rangesOf(ascending)       numbers -> ranges
 *   union(a, b)  intersect(a, b)  contains(ranges, n)  size(ranges)  each(ranges)
 *   largest(set)              the highest number named, '*' left out; 0 when there is none
 *   parseUidSet(text)         '1:3,7' -> ranges; @throws SyntaxFault
 */

type Range = readonly [from: number, to: number]

/**
 * `3291:*` includes max even when it is below 3291; numbers above max name nothing. With max 0 nothing is there, `*` included.
 * RFC 9051 §9 seq-range
 */
export function normalise(set: Exclude<SequenceSet, 'saved'>, max: number): UidRanges {
  const ranges: Range[] = []
  for (const [a, b] of set) {
    const from = a === Number.POSITIVE_INFINITY ? max : a
    const to = b === Number.POSITIVE_INFINITY ? max : b
    const low = Math.min(from, to)
    if (low <= max && max > 0) ranges.push([low, Math.min(max, Math.max(from, to))])
  }
  return merge(ranges)
}

/** Sorts and joins ranges that touch. */
function merge(ranges: Range[]): UidRanges {
  ranges.sort((a, b) => a[0] - b[0])
  const merged: [number, number][] = []
  for (const [from, to] of ranges) {
    const last = merged[merged.length - 1]
    if (last !== undefined && from <= last[1] + 1) last[1] = Math.max(last[1], to)
    else merged.push([from, to])
  }
  return merged
}

/** Equal neighbours are taken as one. */
export function rangesOf(ascending: ArrayLike<number>): UidRanges {
  const ranges: [number, number][] = []
  for (let i = 0; i < ascending.length; ) {
    const from = ascending[i]!
    let to = from
    for (i++; i < ascending.length && ascending[i]! <= to + 1; i++) to = ascending[i]!
    ranges.push([from, to])
  }
  return ranges
}

export const union = (a: UidRanges, b: UidRanges): UidRanges => merge([...a, ...b])

export function intersect(a: UidRanges, b: UidRanges): UidRanges {
  const both: Range[] = []
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const from = Math.max(a[i]![0], b[j]![0])
    const to = Math.min(a[i]![1], b[j]![1])
    if (from <= to) both.push([from, to])
    if (a[i]![1] < b[j]![1]) i++
    else j++
  }
  return both
}

export function contains(ranges: UidRanges, n: number): boolean {
  let low = 0
  let high = ranges.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (ranges[middle]![1] < n) low = middle + 1
    else high = middle
  }
  const range = ranges[low]
  return range !== undefined && range[0] <= n
}

export function size(ranges: UidRanges): number {
  let count = 0
  for (const [from, to] of ranges) count += to - from + 1
  return count
}

/** Every number, ascending. Bound the ranges first. */
export function* each(ranges: UidRanges): Generator<number, void, undefined> {
  for (const [from, to] of ranges) for (let n = from; n <= to; n++) yield n
}

/** A sequence number above EXISTS is BAD. RFC 9051 §9 seq-number */
export function largest(set: Exclude<SequenceSet, 'saved'>): number {
  let highest = 0
  for (const range of set) for (const end of range) if (end > highest && end !== Number.POSITIVE_INFINITY) highest = end
  return highest
}

export function parseUidSet(text: string): UidRanges {
  const ranges = text.split(',').map((part): Range => {
    const found = /^([1-9]\d{0,9})(?::([1-9]\d{0,9}))?$/.exec(part)
    const a = Number(found?.[1])
    const b = Number(found?.[2] ?? found?.[1])
    if (!(a <= 0xffff_ffff && b <= 0xffff_ffff)) throw new SyntaxFault('not a UID set')
    return [Math.min(a, b), Math.max(a, b)]
  })
  return merge(ranges)
}
