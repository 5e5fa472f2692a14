import { asBuffer, type Octets } from '#base/bytes.ts'

/** Keeps the first octets of something that comes in pieces, up to a limit; the rest is counted by nobody. */
export class OctetStore {
  readonly #limit: number
  #octets: Buffer = Buffer.alloc(0)
  #length = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  get length(): number {
    return this.#length
  }

  /** Takes what fits of [start, end) of the piece. */
  append(piece: Uint8Array, start: number, end: number): void {
    const take = Math.min(end - start, this.#limit - this.#length)
    if (take <= 0) return
    const needed = this.#length + take
    if (needed > this.#octets.length) {
      const grown = Buffer.allocUnsafe(Math.min(this.#limit, Math.max(needed, this.#octets.length * 2, 1024)))
      this.#octets.copy(grown, 0, 0, this.#length)
      this.#octets = grown
    }
    asBuffer(piece).copy(this.#octets, this.#length, start, start + take)
    this.#length = needed
  }

  truncate(length: number): void {
    if (length < this.#length) this.#length = Math.max(0, length)
  }

  bytes(): Buffer {
    return this.#octets.subarray(0, this.#length)
  }

  text(): Octets {
    return this.bytes().toString('latin1')
  }
}
