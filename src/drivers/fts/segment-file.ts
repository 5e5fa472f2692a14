import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { crc32, zstdDecompressSync } from 'node:zlib'
import { asBuffer } from '#base/bytes.ts'
import { Damaged, numbersOf, Section } from './section.ts'
import { COMPRESSED, type Directory, LONG_BLOCK, MAGIC, TRAILER, WORTH } from './segment-format.ts'

/** A finished file, to read from. Methods throw `Damaged` for what is not as it was written. */
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
