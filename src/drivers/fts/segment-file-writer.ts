import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { constants, crc32, zstdCompressSync } from 'node:zlib'
import { octetsOfNumbers } from './section.ts'
import {
  BLOCK,
  COMPRESSED,
  type Directory,
  LONG_BLOCK,
  MAGIC,
  type SectionPlace,
  TRAILER,
  WORTH,
  WORTH_SHARE,
} from './segment-format.ts'

const WRITE_OCTETS = 256 * 1024
const SYNCED_OCTETS = 4 * 1024 * 1024
const fast = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }

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
