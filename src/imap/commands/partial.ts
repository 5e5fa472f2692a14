import type { PartialRange } from '../wire/syntax.ts'

/** The page of an ascending list: 1 is the oldest, -1 the newest; ends in either order. RFC 9394 §3.1 */
export function pageOf(uids: Uint32Array, { from, to }: PartialRange): Uint32Array {
  const low = Math.min(Math.abs(from), Math.abs(to)) - 1
  const high = Math.max(Math.abs(from), Math.abs(to))
  return from > 0
    ? uids.subarray(low, high)
    : uids.subarray(Math.max(0, uids.length - high), Math.max(0, uids.length - low))
}
