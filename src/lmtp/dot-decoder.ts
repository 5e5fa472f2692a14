const DOT = 0x2e
const CR = 0x0d
const LF = 0x0a

const CR_OCTET = Uint8Array.of(CR)

/**
 * Takes the dots off lines that begin with one, and finds the line that is one alone. RFC 5321 §4.5.2
 * Only CRLF ends a line here: whoever takes a bare LF for one ends messages where the sender did not.
 */
export class DotDecoder {
  /** In the text; behind a dot that begins a line; behind such a dot and CR. */
  #state: 'text' | 'dot' | 'dot-cr' = 'text'
  /** The two octets before the chunk. */
  #last = LF
  #lastButOne = CR

  /** `rest`: what follows the end of the message; null while that has not come. */
  decode(chunk: Uint8Array): { readonly pieces: readonly Uint8Array[]; readonly rest: Uint8Array | null } {
    const pieces: Uint8Array[] = []
    /** From where octets are not given out yet; `lines` from where line ends may be looked for in this chunk. */
    let from = 0
    let at = 0
    const flush = (to: number): void => {
      if (to > from) pieces.push(chunk.subarray(from, to))
    }
    while (at < chunk.length) {
      const octet = chunk[at]!
      if (this.#state === 'dot' && octet === CR) {
        this.#state = 'dot-cr'
        at++
      } else if (this.#state === 'dot-cr' && octet === LF) {
        return { pieces, rest: chunk.subarray(at + 1) }
      } else if (this.#state !== 'text') {
        // The dot was in front of other text: it goes, what came behind it stays.
        if (this.#state === 'dot-cr') pieces.push(CR_OCTET)
        this.#remember(DOT, this.#state === 'dot-cr' ? CR : DOT)
        this.#state = 'text'
        from = at
        // This octet begins no line, whatever it is.
        this.#remember(this.#last, octet)
        at++
      } else {
        const dot = chunk.indexOf(DOT, at)
        const end = dot < 0 ? chunk.length : dot
        if (end - at >= 2) this.#remember(chunk[end - 2]!, chunk[end - 1]!)
        else if (end > at) this.#remember(this.#last, chunk[at]!)
        at = end
        if (dot < 0) break
        if (this.#lastButOne === CR && this.#last === LF) {
          flush(dot)
          this.#state = 'dot'
        } else this.#remember(this.#last, DOT)
        at = dot + 1
      }
    }
    if (this.#state === 'text') flush(chunk.length)
    return { pieces, rest: null }
  }

  #remember(lastButOne: number, last: number): void {
    this.#lastButOne = lastButOne
    this.#last = last
  }
}
