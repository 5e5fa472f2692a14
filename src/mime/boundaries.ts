import { bytesOf, type Octets } from '#base/bytes.ts'
import { MAX_BOUNDARY } from './entity.ts'

const DASH = 45

/** Octets of a line that decide whether it is a delimiter. */
export const DELIMITER_HEAD = MAX_BOUNDARY + 4

export type Delimiter = {
  /** Which of the open multiparts it belongs to: their place in the stack of parts. */
  readonly level: number
  /** True for the one that ends the multipart. */
  readonly closes: boolean
}

/** The boundaries that may appear now, outermost first. */
export class Boundaries {
  readonly #open: { readonly boundary: Buffer; readonly level: number }[] = []

  get size(): number {
    return this.#open.length
  }

  add(boundary: Octets, level: number): void {
    this.#open.push({ boundary: bytesOf(boundary), level })
  }

  /** Forgets those of parts at this level and deeper. */
  forget(level: number): void {
    while (this.#open.length > 0 && this.#open.at(-1)!.level >= level) this.#open.pop()
  }

  /**
   * What the line in [start, end) delimits. It is enough that it begins with the boundary; of several that fit, the longest is meant, and of
   * equal ones the innermost. RFC 2046 §5.1.1
   */
  match(octets: Uint8Array, start: number, end: number): Delimiter | null {
    if (octets[start] !== DASH || octets[start + 1] !== DASH) return null
    const from = start + 2
    let found: { readonly boundary: Buffer; readonly level: number } | null = null
    for (let i = this.#open.length - 1; i >= 0; i--) {
      const entry = this.#open[i]!
      const { length } = entry.boundary
      if (length > end - from || (found !== null && length <= found.boundary.length)) continue
      let same = 0
      while (same < length && octets[from + same] === entry.boundary[same]) same++
      if (same === length) found = entry
    }
    if (found === null) return null
    const rest = from + found.boundary.length
    const closes = rest + 1 < end && octets[rest] === DASH && octets[rest + 1] === DASH
    return { level: found.level, closes }
  }
}
