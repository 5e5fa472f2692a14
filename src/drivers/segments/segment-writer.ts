import { closeSync, fdatasyncSync, ftruncateSync, openSync, writeSync } from 'node:fs'
import { ioFault } from './io-fault.ts'
import { segmentPath, segmentRef, segmentsDir, syncDirectory } from './layout.ts'
import { encodeHeader, type Form, HEADER_OCTETS } from './record.ts'

/** A body in memory as it will be stored, with what was computed while it came in. `crc` is of `bytes`, the rest of the body itself. */
export type BodyBytes = {
  readonly form: Form
  readonly bytes: Uint8Array
  readonly crc: number
  readonly octets: number
  readonly digest: Uint8Array
}

export type PlacedBody = {
  readonly id: string
  readonly segment: number | null
  readonly stored: number
  readonly form: number
}

/**
 * The file is lengthened by zeros this many octets ahead: a sync that need not record a new length costs a third less.
 * Not for the first records, so that tools that store one message leave small files.
 */
const AHEAD_OCTETS = 1024 * 1024
const AHEAD_FROM = 64 * 1024

/** One segment file, new and written by nobody else. Records lie one behind another from octet 0. */
export class SegmentWriter {
  readonly segment: number
  readonly #shard: number
  readonly #fd: number
  #end = 0
  #length = 0

  constructor(root: string, shard: number, segment: number) {
    this.segment = segment
    this.#shard = shard
    try {
      this.#fd = openSync(segmentPath(root, shard, segment), 'wx', 0o600)
      syncDirectory(segmentsDir(root, shard))
    } catch (error) {
      throw ioFault(error, 'a new segment')
    }
  }

  get octets(): number {
    return this.#end
  }

  /** Writes the bodies behind what is there. When it throws, the end stays where it was and the next bodies overwrite the rest. */
  append(bodies: readonly BodyBytes[]): PlacedBody[] {
    const placed: PlacedBody[] = []
    const parts: Uint8Array[] = []
    let end = this.#end
    for (const { form, bytes, crc, octets, digest } of bodies) {
      const stored = HEADER_OCTETS + bytes.length
      parts.push(encodeHeader({ form, stored: bytes.length, crc, octets, digest }), bytes)
      placed.push({ id: segmentRef(this.#shard, this.segment, end), segment: this.segment, stored, form })
      end += stored
    }
    try {
      this.#write(Buffer.concat(parts))
    } catch (error) {
      throw ioFault(error, 'a segment')
    }
    this.#end = end
    return placed
  }

  /** After a throw the segment must not be used again: the system may have forgotten what it failed to write. */
  sync(): void {
    try {
      fdatasyncSync(this.#fd)
    } catch (error) {
      throw ioFault(error, 'a segment')
    }
  }

  /** The zeros behind the last record go; when that fails they stay, and harm nobody. */
  close(): void {
    try {
      if (this.#length > this.#end) ftruncateSync(this.#fd, this.#end)
    } finally {
      closeSync(this.#fd)
    }
  }

  #write(bytes: Buffer): void {
    const end = this.#end + bytes.length
    if (end > this.#length && this.#end >= AHEAD_FROM) this.#lengthen(end + AHEAD_OCTETS)
    this.#writeAt(bytes, this.#end)
    this.#length = Math.max(this.#length, end)
  }

  #lengthen(length: number): void {
    this.#writeAt(Buffer.alloc(length - this.#length), this.#length)
    this.#length = length
  }

  #writeAt(bytes: Buffer, position: number): void {
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#fd, bytes, at, bytes.length - at, position + at)
  }
}
