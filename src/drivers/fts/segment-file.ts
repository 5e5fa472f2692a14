import { closeSync, fstatSync, fsyncSync, openSync, readSync, renameSync, rmSync, writeSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import { asBuffer } from '#base/bytes.ts'

/**
 * A file of named sections, written once from front to back. Whatever is read of it is checked first, block by block; after the sections
 * come the blocks' checksums, then a directory of it all, then how long that is.
 */

const MAGIC = Buffer.from('rookery search 1\n', 'latin1')
/** Octets that share a checksum: what a look at few of them costs. */
const BLOCK = 32 * 1024
const TRAILER = 8
const WRITE_OCTETS = 256 * 1024

/** A file that is not what was written. */
export class Damaged extends Error {
  override readonly name = 'Damaged'
}

type SectionPlace = { readonly at: number; readonly octets: number; readonly sums: number }
type Directory<Facts> = {
  readonly sections: Readonly<Record<string, SectionPlace>>
  readonly sumsAt: number
  readonly sums: number
  readonly sumOfSums: number
  readonly facts: Facts
}

/** Writes a file under a name of its own until it is whole. */
export class SegmentFileWriter {
  readonly #path: string
  readonly #draft: string
  readonly #fd: number
  readonly #sections: Record<string, SectionPlace> = {}
  readonly #sums: number[] = []
  #at = 0
  #waiting: Buffer[] = []
  #waitingOctets = 0
  #block = 0
  #blockLeft = BLOCK

  constructor(path: string) {
    this.#path = path
    this.#draft = `${path}.${process.pid}.draft`
    this.#fd = openSync(this.#draft, 'w', 0o600)
    this.#put(MAGIC)
  }

  /** Begins a section; `write` adds to it. */
  section(name: string): { write(bytes: Uint8Array): void; end(): void } {
    const at = this.#at
    const sums = this.#sums.length
    this.#block = 0
    this.#blockLeft = BLOCK
    return {
      write: bytes => {
        for (let from = 0; from < bytes.length; ) {
          const part = bytes.subarray(from, from + this.#blockLeft)
          this.#block = crc32(part, this.#block)
          this.#blockLeft -= part.length
          if (this.#blockLeft === 0) this.#endBlock()
          from += part.length
        }
        this.#put(bytes)
      },
      end: () => {
        if (this.#blockLeft < BLOCK) this.#endBlock()
        this.#sections[name] = { at, octets: this.#at - at, sums }
      },
    }
  }

  /** Puts the file in place. It is a cache, but one that is dear to make again: it is synced, so that a power cut does not cost it. */
  finish(facts: unknown): void {
    const sums = octetsOfNumbers(Uint32Array.from(this.#sums))
    const directory: Directory<unknown> = {
      sections: this.#sections,
      sumsAt: this.#at,
      sums: this.#sums.length,
      sumOfSums: crc32(sums),
      facts,
    }
    this.#put(sums)
    const text = Buffer.from(JSON.stringify(directory), 'utf8')
    this.#put(text)
    const trailer = Buffer.alloc(TRAILER)
    trailer.writeUInt32LE(text.length, 0)
    trailer.writeUInt32LE(crc32(text), 4)
    this.#put(trailer)
    this.#drain()
    fsyncSync(this.#fd)
    closeSync(this.#fd)
    renameSync(this.#draft, this.#path)
  }

  abandon(): void {
    closeSync(this.#fd)
    rmSync(this.#draft, { force: true })
  }

  #endBlock(): void {
    this.#sums.push(this.#block)
    this.#block = 0
    this.#blockLeft = BLOCK
  }

  #put(bytes: Uint8Array): void {
    this.#at += bytes.length
    // Copied: who gave the octets may use their place again.
    this.#waiting.push(Buffer.from(bytes))
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
  readonly #sums: Uint32Array

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
      const sums = this.#read(directory.sumsAt, directory.sums * 4)
      if (crc32(sums) !== directory.sumOfSums) throw new Damaged('the checksums')
      this.#sections = directory.sections
      this.#sums = numbersOf(sums)
      this.facts = directory.facts
    } catch (error) {
      closeSync(this.#fd)
      throw error
    }
  }

  section(name: string): Section {
    const place = this.#sections[name]
    if (place === undefined) throw new Damaged(`no section ${name}`)
    const { at, octets, sums } = place
    return new Section(octets, (block, count) => {
      const from = block * BLOCK
      const bytes = this.#read(at + from, Math.min(octets - from, count * BLOCK))
      for (let i = 0; i * BLOCK < bytes.length; i++) {
        const sum = crc32(bytes.subarray(i * BLOCK, (i + 1) * BLOCK))
        if (sum !== this.#sums[sums + block + i]) throw new Damaged(`section ${name}`)
      }
      return bytes
    })
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
  readonly #load: (block: number, count: number) => Buffer
  #window: Buffer = Buffer.alloc(0)
  #from = 0

  constructor(octets: number, load: (block: number, count: number) => Buffer) {
    this.octets = octets
    this.#load = load
  }

  /** Octets [from, to). @throws {Damaged} */
  read(from: number, to: number): Buffer {
    if (from < 0 || to > this.octets || from > to) throw new Damaged('a place outside of its section')
    if (from === to) return Buffer.alloc(0)
    if (from < this.#from || to > this.#from + this.#window.length) {
      const block = Math.floor(from / BLOCK)
      this.#window = this.#load(block, Math.ceil(to / BLOCK) - block)
      this.#from = block * BLOCK
    }
    return this.#window.subarray(from - this.#from, to - this.#from)
  }

  /** Keeps the whole section in memory from now on. */
  hold(): void {
    this.#window = this.all()
    this.#from = 0
  }

  all(): Buffer {
    return this.octets === 0 ? Buffer.alloc(0) : this.#load(0, Math.ceil(this.octets / BLOCK))
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
  const aligned = octets.byteOffset % 4 === 0 ? asBuffer(octets) : Buffer.from(Uint8Array.from(octets).buffer)
  return new Uint32Array(aligned.buffer, aligned.byteOffset, octets.length >> 2)
}

export function doublesOf(octets: Uint8Array): Float64Array {
  return new Float64Array(Uint8Array.from(octets).buffer, 0, octets.length >> 3)
}
