import type { Pace } from './search-pace.ts'

/** Numbers sorted by the engine at once; about a millisecond with a dear comparison. */
const RUN = 512
/** Numbers merged between two looks at the clock. */
const STEP = 1024

/**
 * The numbers 0 to length - 1 in the order of a comparison, smaller numbers first where it says 0. A merge sort of our own, since the
 * engine's cannot give way to others.
 */
export async function orderOf(
  length: number,
  compare: (a: number, b: number) => number,
  pace: Pace,
): Promise<Uint32Array> {
  const decide = (a: number, b: number) => compare(a, b) || a - b
  let from: Uint32Array = Uint32Array.from({ length }, (_, i) => i)
  let to: Uint32Array = new Uint32Array(length)
  for (let start = 0; start < length; start += RUN) {
    from.subarray(start, start + RUN).sort(decide)
    const wait = pace.rest()
    if (wait) await wait
  }
  for (let width = RUN; width < length; width *= 2) {
    for (let start = 0; start < length; start += 2 * width) {
      await merge(from, to, start, Math.min(start + width, length), Math.min(start + 2 * width, length), decide, pace)
    }
    ;[from, to] = [to, from]
  }
  return from
}

/** Merges two neighbouring ascending runs into the same place of the other array. */
async function merge(
  from: Uint32Array,
  to: Uint32Array,
  start: number,
  middle: number,
  end: number,
  decide: (a: number, b: number) => number,
  pace: Pace,
): Promise<void> {
  // In order already: a mailbox mostly is in that of dates.
  if (middle >= end || decide(from[middle - 1]!, from[middle]!) < 0) {
    to.set(from.subarray(start, end), start)
    return
  }
  let left = start
  let right = middle
  for (let at = start; at < end; at++) {
    const takeLeft = left < middle && (right >= end || decide(from[left]!, from[right]!) < 0)
    to[at] = takeLeft ? from[left++]! : from[right++]!
    if (at % STEP !== 0) continue
    const wait = pace.rest()
    if (wait) await wait
  }
}

/**
 * A string whose comparison by `<` is that of the text's folded code points, as i;octet has it on UTF-8: UTF-16 alone would put what
 * lies beyond U+FFFF before U+E000. `folded` is the text after foldText. RFC 5051 §2
 */
export function collationKey(folded: string): string {
  if (!/[\ud800-\uffff]/.test(folded)) return folded
  return folded.replace(/[\ud800-\uffff]/g, unit => {
    const code = unit.charCodeAt(0)
    return String.fromCharCode(code >= 0xe000 ? code - 0x800 : code + 0x2000)
  })
}

export const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
