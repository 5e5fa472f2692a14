import { asBuffer } from '#base/bytes.ts'
import type { MessageFacts } from './facts.ts'
import { PartTree } from './part-tree.ts'

/** Reads a whole message that is in memory. */
export function parseMessage(message: Uint8Array): MessageFacts {
  const parser = new MessageParser()
  parser.write(message)
  return parser.end()
}

const LF = 10
const CR = 13
const DASH = 45

/**
 * Reads a message while it streams in, in chunks of any size; keeps offsets of bodies, never their octets. Lines end with CRLF or LF, also mixed.
 *
 * This class finds lines and tells the tree about those that matter: empty ones in headers, and those that begin with two dashes.
 */
export class MessageParser {
  readonly #tree = new PartTree()
  #octets = 0
  /** Where the current line began. */
  #lineStart = 0
  /** The beginning of a line that began in an earlier chunk. */
  readonly #head = Buffer.allocUnsafe(PartTree.LINE_HEAD)
  #headLength = 0
  /** The octet before the current chunk. */
  #last = 0

  /** Takes the next octets. They are not kept: the caller may use the memory again. */
  write(chunk: Uint8Array): void {
    if (chunk.length === 0) return
    const octets = asBuffer(chunk)
    this.#tree.chunk(octets, this.#octets)
    let at = 0
    if (this.#lineStart < this.#octets) at = this.#finishLine(octets)
    if (at >= 0) this.#lines(octets, at)
    this.#tree.endChunk()
    this.#octets += octets.length
    this.#last = octets[octets.length - 1]!
  }

  /** All octets have been written. */
  end(): MessageFacts {
    // A last line without a line end.
    if (this.#lineStart < this.#octets) {
      this.#tree.line(this.#head, 0, this.#headLength, this.#lineStart, this.#octets, 0)
    }
    return this.#tree.end(this.#octets)
  }

  /** The rest of the line that began earlier; gives where the next begins, -1 when it still has no end. */
  #finishLine(octets: Buffer): number {
    const lf = octets.indexOf(LF)
    const end = lf < 0 ? octets.length : lf + 1
    if (this.#headLength < this.#head.length) {
      this.#headLength += octets.copy(this.#head, this.#headLength, 0, end)
    }
    if (lf < 0) return -1
    const before = lf > 0 ? octets[lf - 1] : this.#last
    const next = this.#octets + end
    // Of the line end only its length counts, and it may be cut off.
    const length = Math.min(this.#headLength, next - this.#lineStart - 1)
    this.#tree.line(this.#head, 0, length, this.#lineStart, next, before === CR ? 2 : 1)
    this.#lineStart = next
    return end
  }

  #lines(octets: Buffer, from: number): void {
    const tree = this.#tree
    const size = octets.length
    let at = from
    while (at < size) {
      let lf = at
      while (lf < size && octets[lf] !== LF) lf++
      if (lf === size) break
      const next = this.#octets + lf + 1
      const eol = lf > at && octets[lf - 1] === CR ? 2 : 1
      if (tree.inHeader || (octets[at] === DASH && octets[at + 1] === DASH)) {
        tree.line(octets, at, lf, this.#octets + at, next, eol)
      } else tree.bodyLine(eol)
      at = lf + 1
    }
    this.#lineStart = this.#octets + at
    this.#headLength = octets.copy(this.#head, 0, at, size)
  }
}
