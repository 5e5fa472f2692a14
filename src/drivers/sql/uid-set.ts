import { MAX_UID } from '#base/ids.ts'
import type { UidRanges } from '#ports/metadata.ts'

/** Sets of UIDs: as ranges, as arrays, and as the text the tables keep ('1:3,7'). All ascending and disjoint. */

export type MutableRanges = [from: number, to: number][]

/** The UIDs of an SQL list '1,2,5' in ascending order. */
export function uidsOfList(list: string | null, count: number): Uint32Array {
  const uids = new Uint32Array(count)
  if (list === null) return uids
  let at = 0
  let value = 0
  for (let i = 0; i < list.length; i++) {
    const code = list.charCodeAt(i)
    if (code === 0x2c) {
      uids[at++] = value
      value = 0
    } else value = value * 10 + (code - 0x30)
  }
  uids[at] = value
  return uids
}

export function rangesOf(uids: ArrayLike<number>): MutableRanges {
  const ranges: MutableRanges = []
  let last: [number, number] | undefined
  for (let i = 0; i < uids.length; i++) {
    const uid = uids[i]!
    if (last !== undefined && uid === last[1] + 1) last[1] = uid
    else {
      last = [uid, uid]
      ranges.push(last)
    }
  }
  return ranges
}

export function uidsOf(ranges: UidRanges): Uint32Array {
  let count = 0
  for (const [from, to] of ranges) count += to - from + 1
  const uids = new Uint32Array(count)
  let at = 0
  for (const [from, to] of ranges) for (let uid = from; uid <= to; uid++) uids[at++] = uid
  return uids
}

export const formatRanges = (ranges: UidRanges): string =>
  ranges.map(([from, to]) => (from === to ? String(from) : `${from}:${to}`)).join(',')

export function parseRanges(text: string): MutableRanges {
  if (text === '') return []
  return text.split(',').map(part => {
    const colon = part.indexOf(':')
    if (colon < 0) return [Number(part), Number(part)]
    return [Number(part.slice(0, colon)), Number(part.slice(colon + 1))]
  })
}

/** Any ranges in any order made ascending and disjoint; ranges with at most `gap` UIDs between them become one. */
export function normalRanges(ranges: UidRanges, gap = 0): MutableRanges {
  const sorted = [...ranges].sort((a, b) => a[0] - b[0])
  const merged: MutableRanges = []
  let last: [number, number] | undefined
  for (const [from, to] of sorted) {
    if (last !== undefined && from <= last[1] + 1 + gap) last[1] = Math.max(last[1], to)
    else {
      last = [from, to]
      merged.push(last)
    }
  }
  return merged
}

/** The part of the ranges that lies below `end`, made normal: no statement runs over UIDs that cannot exist. */
export function clampRanges(ranges: UidRanges, end: number): MutableRanges {
  const top = Math.min(end - 1, MAX_UID)
  const clamped: MutableRanges = []
  for (const [from, to] of ranges) if (from <= top && from <= to) clamped.push([Math.max(1, from), Math.min(to, top)])
  return normalRanges(clamped)
}
