import type { EntryColumns } from '#ports/metadata.ts'

/** Columns that can be written, of a given length. */
export function newColumns(length: number) {
  return {
    length,
    uid: new Uint32Array(length),
    modseq: new Float64Array(length),
    flags: new Uint8Array(length),
    keywords: new Array<string>(length).fill(''),
    octets: new Float64Array(length),
    receivedAt: new Float64Array(length),
    zone: new Int16Array(length),
    savedAt: new Float64Array(length),
    message: new Float64Array(length),
    thread: new Float64Array(length),
  }
}

const NUMBERS = ['uid', 'modseq', 'flags', 'octets', 'receivedAt', 'zone', 'savedAt', 'message', 'thread'] as const

/** Entries `start` to `end` as columns of their own. */
export function sliceColumns(columns: EntryColumns, start: number, end: number): EntryColumns {
  const slice = newColumns(Math.max(0, end - start))
  copyInto(slice, 0, columns, start, end)
  return slice
}

export function joinColumns(pages: readonly EntryColumns[]): EntryColumns {
  const joined = newColumns(pages.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const page of pages) {
    copyInto(joined, at, page, 0, page.length)
    at += page.length
  }
  return joined
}

/** What `base` becomes: `changed` replaces entries of the same UID and adds others, `vanished` go. All ascending. */
export function mergeColumns(base: EntryColumns, changed: EntryColumns, vanished: Uint32Array): EntryColumns {
  if (changed.length === 0 && vanished.length === 0) return base
  const merged = newColumns(base.length + changed.length)
  let at = 0
  let next = 0
  let gone = 0
  let i = 0
  while (i < base.length || next < changed.length) {
    const fresh = next < changed.length ? changed.uid[next]! : Number.POSITIVE_INFINITY
    while (gone < vanished.length && i < base.length && vanished[gone]! < base.uid[i]!) gone += 1
    const end = firstNotBelow(base.uid, i, Math.min(fresh, vanished[gone] ?? Number.POSITIVE_INFINITY))
    copyInto(merged, at, base, i, end)
    at += end - i
    i = end
    if (i < base.length && base.uid[i] === vanished[gone]) i += 1
    else if (next < changed.length && (i >= base.length || fresh <= base.uid[i]!)) {
      if (base.uid[i] === fresh) i += 1
      copyInto(merged, at, changed, next, next + 1)
      at += 1
      next += 1
    }
  }
  return at === merged.length ? merged : sliceColumns(merged, 0, at)
}

/** Position from `start` on of the first UID that is `uid` or above. */
export function firstNotBelow(uids: Uint32Array, start: number, uid: number): number {
  let low = start
  let high = uids.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (uids[middle]! < uid) low = middle + 1
    else high = middle
  }
  return low
}

function copyInto(to: ReturnType<typeof newColumns>, at: number, from: EntryColumns, start: number, end: number): void {
  if (end - start === 1) {
    for (const name of NUMBERS) to[name][at] = from[name][start]!
    to.keywords[at] = from.keywords[start]!
    return
  }
  for (const name of NUMBERS) to[name].set(from[name].subarray(start, end), at)
  for (let i = start; i < end; i++) to.keywords[at + i - start] = from.keywords[i]!
}
