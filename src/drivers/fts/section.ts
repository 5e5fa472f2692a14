import type { Rest } from '#ports/search-index.ts'
import { LONG_BLOCK } from './segment-format.ts'

/** A file that is not what was written. */
export class Damaged extends Error {
  override readonly name = 'Damaged'
}

/** Part of a file, read by blocks of which the last are kept. */
export class Section {
  readonly octets: number
  readonly #block: number
  readonly #load: (block: number, count: number) => Buffer
  #window: Buffer = Buffer.alloc(0)
  #from = 0

  constructor(octets: number, blockOctets: number, load: (block: number, count: number) => Buffer) {
    this.octets = octets
    this.#block = blockOctets
    this.#load = load
  }

  /** Octets [from, to). @throws {Damaged} */
  read(from: number, to: number): Buffer {
    if (from < 0 || to > this.octets || from > to) throw new Damaged('a place outside of its section')
    if (from === to) return Buffer.alloc(0)
    const end = this.#from + this.#window.length
    if (from >= this.#from && from < end && to > end) {
      // What begins in the last block and ends in the next: who reads on does not unpack a block twice.
      const block = end / this.#block
      const more = this.#load(block, Math.ceil(to / this.#block) - block)
      this.#window = Buffer.concat([this.#window.subarray(from - this.#from), more])
      this.#from = from
    } else if (from < this.#from || to > end) {
      const block = Math.floor(from / this.#block)
      this.#window = this.#load(block, Math.ceil(to / this.#block) - block)
      this.#from = block * this.#block
    }
    return this.#window.subarray(from - this.#from, to - this.#from)
  }

  /** Keeps the whole section in memory from now on. */
  hold(): void {
    this.#window = this.all()
    this.#from = 0
  }

  /** The whole section, read with rests in between. */
  async load(rest: Rest): Promise<Buffer> {
    const all = Buffer.allocUnsafeSlow(this.octets)
    const step = Math.max(this.#block, LONG_BLOCK)
    for (let at = 0; at < all.length; at += step) {
      const count = Math.ceil(Math.min(step, all.length - at) / this.#block)
      all.set(this.#load(at / this.#block, count), at)
      const wait = rest()
      if (wait) await wait
    }
    return all
  }

  all(): Buffer {
    return this.octets === 0 ? Buffer.alloc(0) : this.#load(0, Math.ceil(this.octets / this.#block))
  }

  /** Number `i` of a section of numbers. */
  number(i: number): number {
    return this.read(i * 4, i * 4 + 4).readUInt32LE(0)
  }
}

/** Numbers in the file are little-endian, as is every machine that this runs on. */
export function octetsOfNumbers(numbers: Uint32Array | Float64Array): Buffer {
  return Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength)
}

export function numbersOf(octets: Uint8Array): Uint32Array {
  const aligned = octets.byteOffset % 4 === 0 ? octets : Uint8Array.from(octets)
  return new Uint32Array(aligned.buffer, aligned.byteOffset, octets.length >> 2)
}

export function doublesOf(octets: Uint8Array): Float64Array {
  return new Float64Array(Uint8Array.from(octets).buffer, 0, octets.length >> 3)
}
