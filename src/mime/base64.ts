import type { TransferDecoder } from './transfer.ts'

const OTHER = 64
const PAD = 65

/** The six bits of each octet; PAD for '=', OTHER for what is not of the alphabet. */
const SEXTETS = new Uint8Array(256).fill(OTHER)
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
for (let i = 0; i < 64; i++) SEXTETS[ALPHABET.charCodeAt(i)] = i
SEXTETS['='.charCodeAt(0)] = PAD

/**
 * RFC 2045 §6.8. Octets outside the alphabet are passed over. Padding ends a group and what comes after it begins another, so bodies that
 * were glued together decode whole.
 */
export class Base64Decoder implements TransferDecoder {
  #bits = 0
  /** Sextets in #bits, 0 to 3. */
  #count = 0

  write(piece: Uint8Array, into?: Uint8Array): Uint8Array {
    // Of a piece of one octet may come three, with those that were held back.
    const most = Math.ceil(((piece.length + 3) * 3) / 4)
    const out = into !== undefined && into.length >= most ? into : Buffer.allocUnsafe(most)
    const size = piece.length
    let length = 0
    let bits = this.#bits
    let count = this.#count
    let at = 0
    while (at < size) {
      if (count === 0) {
        // Whole groups, the most of any real body.
        while (at + 3 < size) {
          const a = SEXTETS[piece[at]!]!
          const b = SEXTETS[piece[at + 1]!]!
          const c = SEXTETS[piece[at + 2]!]!
          const d = SEXTETS[piece[at + 3]!]!
          if ((a | b | c | d) >= OTHER) break
          out[length] = (a << 2) | (b >> 4)
          out[length + 1] = (b << 4) | (c >> 2)
          out[length + 2] = (c << 6) | d
          length += 3
          at += 4
        }
        if (at === size) break
      }
      const sextet = SEXTETS[piece[at++]!]!
      if (sextet === OTHER) continue
      if (sextet === PAD) {
        length = flush(out, length, bits, count)
        bits = count = 0
        continue
      }
      bits = (bits << 6) | sextet
      if (++count < 4) continue
      out[length++] = bits >> 16
      out[length++] = bits >> 8
      out[length++] = bits
      bits = count = 0
    }
    this.#bits = bits
    this.#count = count
    return out.subarray(0, length)
  }

  end(): Uint8Array {
    const out = Buffer.allocUnsafe(2)
    const length = flush(out, 0, this.#bits, this.#count)
    this.#bits = this.#count = 0
    return out.subarray(0, length)
  }
}

/** The whole octets of a group that was not filled. */
function flush(out: Uint8Array, at: number, bits: number, count: number): number {
  if (count === 2) out[at++] = bits >> 4
  if (count === 3) {
    out[at++] = bits >> 10
    out[at++] = bits >> 2
  }
  return at
}
