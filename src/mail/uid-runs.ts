/** UIDs put away in little room: `[first, count]` for each run without a gap, one after another. */
export type UidRuns = readonly number[] | Uint32Array

/** Up to so many numbers a plain array is smaller than a typed one. */
const PLAIN = 32

/** Of the first `length` of an ascending array. */
export function packUids(ascending: Uint32Array, length: number): UidRuns {
  const runs: number[] = []
  for (let at = 0; at < length; ) {
    const from = at
    do at++
    while (at < length && ascending[at]! === ascending[at - 1]! + 1)
    runs.push(ascending[from]!, at - from)
  }
  return runs.length <= PLAIN ? runs : Uint32Array.from(runs)
}

export function unpackUids(runs: UidRuns): Uint32Array {
  let length = 0
  for (let i = 1; i < runs.length; i += 2) length += runs[i]!
  const uids = new Uint32Array(length)
  let at = 0
  for (let i = 0; i < runs.length; i += 2) for (let k = 0; k < runs[i + 1]!; k++) uids[at++] = runs[i]! + k
  return uids
}
