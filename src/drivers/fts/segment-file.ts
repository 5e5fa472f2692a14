import { closeSync, fstatSync, fsyncSync, openSync, readSync, renameSync, rmSync, writeSync } from 'node:fs'
import { constants, crc32, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { asBuffer } from '#base/bytes.ts'
import type { Rest } from '#ports/search-index.ts'

/**
 * A file of named sections, written once from front to back, in blocks that are compressed where that pays. Whatever is read of it is checked
 * first, block by block; after the sections come the blocks' lengths and checksums, then a directory of it all, then how long that is.
 */

const MAGIC = Buffer.from('rookery search 1\n', 'latin1')
/** Octets of a section that are compressed and checked together: what a look at few of them costs. */
const BLOCK = 32 * 1024
/** The same where much is read one after the other: each block costs something of its own. */
export const LONG_BLOCK = 64 * 1024
/** Shorter blocks are left as they are, and those of which more than this share would be left: unpacking costs more than reading. */
const WORTH = 256
const WORTH_SHARE = 0.5
/** Marks the length of a block that is compressed. */
const COMPRESSED = 0x8000_0000
const TRAILER = 8
const WRITE_OCTETS = 256 * 1024
const SYNCED_OCTETS = 4 * 1024 * 1024
const fast = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }

/** A file that is not what was written. */
export class Damaged extends Error {
  override readonly name = 'Damaged'
}

/** Its first block, its length before compression, and that of its blocks. */
type SectionPlace = { readonly block: number; readonly octets: number; readonly blockOctets: number }
type Directory<Facts> = {
  readonly sections: Readonly<Record<string, SectionPlace>>
  readonly blocksAt: number
  readonly blocks: number
  readonly blocksSum: number
  readonly facts: Facts
}

/** Writes a file under a name of its own until it is whole. */
export class SegmentFileWriter {
  readonly #path: string
  readonly #draft: string
  readonly #fd: number
  readonly #sections: Record<string, SectionPlace> = {}
  /** Length and checksum of each block as it is in the file. */
  readonly #blocks: number[] = []
  readonly #block = Buffer.allocUnsafe(LONG_BLOCK)
  #blockLength = 0
  #at = 0
  #waiting: Uint8Array[] = []
  #waitingOctets = 0

  constructor(path: string) {
    this.#path = path
    this.#draft = `${path}.${process.pid}.draft`
    this.#fd = openSync(this.#draft, 'w', 0o600)
    this.#put(MAGIC)
  }

  /** Begins a section; `write` adds to it. */
  section(name: string, blockOctets = BLOCK): { write(bytes: Uint8Array): void; end(): void } {
    const block = this.#blocks.length / 2
    let octets = 0
    return {
      write: bytes => {
        octets += bytes.length
        for (let from = 0; from < bytes.length; ) {
          const part = bytes.subarray(from, from + blockOctets - this.#blockLength)
          this.#block.set(part, this.#blockLength)
          this.#blockLength += part.length
          from += part.length
          if (this.#blockLength === blockOctets) this.#endBlock()
        }
      },
      end: () => {
        if (this.#blockLength > 0) this.#endBlock()
        this.#sections[name] = { block, octets, blockOctets }
      },
    }
  }

  /**
   * Puts the file in place. It is a cache: only a large one, which is dear to make again, is synced, lest a power cut cost it. The many small
   * ones would make mail that is stored at the same time wait.
   */
  finish(facts: unknown): void {
    const blocks = octetsOfNumbers(Uint32Array.from(this.#blocks))
    const directory: Directory<unknown> = {
      sections: this.#sections,
      blocksAt: this.#at,
      blocks: this.#blocks.length / 2,
      blocksSum: crc32(blocks),
      facts,
    }
    this.#put(blocks)
    const text = Buffer.from(JSON.stringify(directory), 'utf8')
    this.#put(text)
    const trailer = Buffer.alloc(TRAILER)
    trailer.writeUInt32LE(text.length, 0)
    trailer.writeUInt32LE(crc32(text), 4)
    this.#put(trailer)
    this.#drain()
    if (this.#at >= SYNCED_OCTETS) fsyncSync(this.#fd)
    closeSync(this.#fd)
    renameSync(this.#draft, this.#path)
  }

  abandon(): void {
    closeSync(this.#fd)
    rmSync(this.#draft, { force: true })
  }

  #endBlock(): void {
    const plain = this.#block.subarray(0, this.#blockLength)
    const packed = plain.length < WORTH ? plain : zstdCompressSync(plain, fast)
    // What is compressed is new memory; what is not must be copied, for the block is filled again.
    const stored = packed.length < plain.length * WORTH_SHARE ? packed : Buffer.from(plain)
    this.#blocks.push(stored === packed ? stored.length + COMPRESSED : stored.length, crc32(stored))
    this.#blockLength = 0
    this.#put(stored)
  }

  /** The bytes must stay as they are until they are written. */
  #put(bytes: Uint8Array): void {
    this.#at += bytes.length
    this.#waiting.push(bytes)
    this.#waitingOctets += bytes.length
    if (this.#waitingOctets >= WRITE_OCTETS) this.#drain()
  }

  #drain(): void {
    const all = Buffer.concat(this.#waiting)
    this.#waiting = []
    this.#waitingOctets = 0
    for (let at = 0; at < all.length; ) at += writeSync(this.#fd, all, at)
  }
}

export class SegmentFile<Facts> {
  readonly facts: Facts
  readonly octets: number
  readonly #fd: number
  readonly #sections: Directory<Facts>['sections']
  readonly #blocks: Uint32Array
  /** Where each block ends in the file. */
  readonly #ends: Float64Array

  /** @throws {Damaged} */
  constructor(path: string) {
    this.#fd = openSync(path, 'r')
    try {
      this.octets = fstatSync(this.#fd).size
      if (this.octets < MAGIC.length + TRAILER) throw new Damaged('too short')
      if (!this.#read(0, MAGIC.length).equals(MAGIC)) throw new Damaged('not an index')
      const trailer = this.#read(this.octets - TRAILER, TRAILER)
      const textOctets = trailer.readUInt32LE(0)
      if (textOctets === 0 || textOctets > this.octets - TRAILER) throw new Damaged('no directory')
      const text = this.#read(this.octets - TRAILER - textOctets, textOctets)
      if (crc32(text) !== trailer.readUInt32LE(4)) throw new Damaged('the directory')
      const directory = JSON.parse(text.toString('utf8')) as Directory<Facts>
      const blocks = this.#read(directory.blocksAt, directory.blocks * 8)
      if (crc32(blocks) !== directory.blocksSum) throw new Damaged('the checksums')
      this.#sections = directory.sections
      this.#blocks = numbersOf(blocks)
      this.#ends = new Float64Array(directory.blocks)
      let end = MAGIC.length
      for (let block = 0; block < directory.blocks; block++) {
        end += this.#blocks[block * 2]! % COMPRESSED
        this.#ends[block] = end
      }
      this.facts = directory.facts
    } catch (error) {
      closeSync(this.#fd)
      throw error
    }
  }

  section(name: string): Section {
    const place = this.#sections[name]
    if (place === undefined) throw new Damaged(`no section ${name}`)
    const { block: first, octets, blockOctets } = place
    return new Section(octets, blockOctets, (block, count) => {
      const plain = Math.min(octets - block * blockOctets, count * blockOctets)
      return this.#plain(first + block, count, plain, name)
    })
  }

  /** Blocks side by side as they were before compression, `octets` in all. */
  #plain(first: number, count: number, octets: number, name: string): Buffer {
    const from = first === 0 ? MAGIC.length : this.#ends[first - 1]!
    const stored = this.#read(from, this.#ends[first + count - 1]! - from)
    const parts: Uint8Array[] = []
    for (let block = first, at = 0; block < first + count; block++) {
      const length = this.#blocks[block * 2]!
      const part = stored.subarray(at, at + (length % COMPRESSED))
      if (crc32(part) !== this.#blocks[block * 2 + 1]) throw new Damaged(`section ${name}`)
      // With room for the whole block it takes one turn.
      const chunkSize = Math.max(WORTH, Math.min(octets, LONG_BLOCK))
      parts.push(length >= COMPRESSED ? zstdDecompressSync(part, { chunkSize }) : part)
      at += part.length
    }
    const plain = parts.length === 1 ? asBuffer(parts[0]!) : Buffer.concat(parts)
    if (plain.length !== octets) throw new Damaged(`section ${name}`)
    return plain
  }

  sections(): readonly string[] {
    return Object.keys(this.#sections)
  }

  close(): void {
    closeSync(this.#fd)
  }

  #read(at: number, octets: number): Buffer {
    const bytes = Buffer.allocUnsafeSlow(octets)
    for (let done = 0; done < octets; ) {
      const read = readSync(this.#fd, bytes, done, octets - done, at + done)
      if (read === 0) throw new Damaged('cut off')
      done += read
    }
    return bytes
  }
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
