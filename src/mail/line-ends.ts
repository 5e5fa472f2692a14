const LF = 10
const CR = 13

/**
 * Gives every line the end that mail has: a bare LF becomes CRLF. A bare CR stays: it is no line end anywhere. RFC 5322 §2.3
 * Chunks that need no change, nearly all, come back as they are.
 */
export class LineEnds {
  #last = 0

  convert(chunk: Uint8Array): Uint8Array {
    const bare = this.#bare(chunk)
    if (chunk.length > 0) this.#last = chunk[chunk.length - 1]!
    if (bare.length === 0) return chunk
    const converted = new Uint8Array(chunk.length + bare.length)
    let from = 0
    let to = 0
    for (const at of bare) {
      converted.set(chunk.subarray(from, at), to)
      to += at - from
      converted[to++] = CR
      from = at
    }
    converted.set(chunk.subarray(from), to)
    return converted
  }

  /** Where the line feeds are that have no CR before them. */
  #bare(chunk: Uint8Array): readonly number[] {
    const bare: number[] = []
    for (let at = chunk.indexOf(LF); at >= 0; at = chunk.indexOf(LF, at + 1)) {
      if ((at > 0 ? chunk[at - 1] : this.#last) !== CR) bare.push(at)
    }
    return bare
  }
}
