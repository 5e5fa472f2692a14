import type { TransferDecoder } from './transfer.ts'

const TAB = 9
const LF = 10
const CR = 13
const SPACE = 32
const EQUALS = 61

/** White space that is held back while it may turn out to be the end of a line; a longer run is let through. */
const MAX_HELD = 1024

/**
 * RFC 2045 §6.7. White space at the end of a line was added on the way and goes. What follows '=' and is neither two hex digits nor a
 * line end stays as it is.
 */
export class QuotedPrintableDecoder implements TransferDecoder {
  /** Octets whose meaning the next ones decide: white space, '=' with a digit or white space, each perhaps with CR. */
  #held: Uint8Array = new Uint8Array(0)

  write(piece: Uint8Array): Uint8Array {
    let octets = piece
    if (this.#held.length > 0) {
      octets = new Uint8Array(this.#held.length + piece.length)
      octets.set(this.#held)
      octets.set(piece, this.#held.length)
    }
    return this.#decode(octets, false)
  }

  end(): Uint8Array {
    const out = this.#decode(this.#held, true)
    this.#held = new Uint8Array(0)
    return out
  }

  #decode(octets: Uint8Array, last: boolean): Uint8Array {
    const size = octets.length
    const out = Buffer.allocUnsafe(size)
    let length = 0
    let at = 0
    while (at < size) {
      const octet = octets[at]!
      if (octet !== EQUALS && octet !== SPACE && octet !== TAB) {
        out[length++] = octet
        at++
        continue
      }
      if (octet === EQUALS && at + 2 < size) {
        const high = hexDigit(octets[at + 1]!)
        const low = hexDigit(octets[at + 2]!)
        if (high >= 0 && low >= 0) {
          out[length++] = (high << 4) | low
          at += 3
          continue
        }
      }
      // White space, with '=' before it or not, matters by whether the line ends after it.
      let next = octet === EQUALS ? at + 1 : at
      while (next < size && next - at < MAX_HELD && (octets[next] === SPACE || octets[next] === TAB)) next++
      const lineEnd = next < size && octets[next] === CR ? next + 1 : next
      if (lineEnd >= size && !last) break
      if (octet === EQUALS && !last && at + 2 >= size && next === at + 1 && hexDigit(octets[next] ?? 0) >= 0) break
      const ends = lineEnd >= size ? last : octets[lineEnd] === LF
      if (!ends) {
        while (at < next) out[length++] = octets[at++]!
      } else at = octet === EQUALS ? Math.min(lineEnd + 1, size) : next
    }
    this.#held = octets.slice(at)
    return out.subarray(0, length)
  }
}

function hexDigit(octet: number): number {
  if (octet >= 48 && octet <= 57) return octet - 48
  const letter = octet | 32
  return letter >= 97 && letter <= 102 ? letter - 87 : -1
}
