import { closeSync, openSync, read as readAsync, readSync } from 'node:fs'
import { StoreFault } from '#base/errors.ts'
import { type BlobRef, READ_OCTETS } from '#ports/blobs.ts'
import { ioFault } from './io-fault.ts'
import { largePath, placeOf, segmentPath } from './layout.ts'
import { HEADER_OCTETS, type RecordHeader, requireChecksum, requireHeader } from './record.ts'

/** Files kept open by one thread. */
const OPEN_FILES = 128
/** Up to this many octets a read from the page cache is quicker than a promise. */
const SYNC_OCTETS = 64 * 1024

type OpenFile = { readonly fd: number; readers: number; dropped: boolean }

/** Reads bodies by range. Each thread has its own, with its own open files, least recently used first in the map. */
export class BodyReader {
  readonly #root: string
  readonly #files = new Map<string, OpenFile>()
  /** The body whose header was seen to be sound last: parts of one body are mostly read in a row. */
  #sound = ''

  constructor(root: string) {
    this.#root = root
  }

  read(ref: BlobRef, start: number, end: number): Uint8Array | Promise<Uint8Array> {
    const stop = Math.min(end, ref.octets)
    const { file, offset } = this.#locate(ref)
    if (start === 0 && stop === ref.octets && stop <= READ_OCTETS) {
      const whole = this.#pread(file, offset, HEADER_OCTETS + stop)
      return whole instanceof Promise ? whole.then(bytes => verified(bytes, ref)) : verified(whole, ref)
    }
    if (this.#sound !== ref.id) {
      requireHeader(this.#preadSync(file, offset, HEADER_OCTETS), ref.octets)
      this.#sound = ref.id
    }
    if (start >= stop) return new Uint8Array(0)
    const wanted = Math.min(stop - start, READ_OCTETS)
    const part = this.#pread(file, offset + HEADER_OCTETS + start, wanted)
    return part instanceof Promise ? part.then(bytes => filled(bytes, wanted)) : filled(part, wanted)
  }

  /** One small body with its header, verified. */
  record(ref: BlobRef): { readonly header: RecordHeader; readonly body: Uint8Array } {
    const { file, offset } = this.#locate(ref)
    const bytes = this.#preadSync(file, offset, HEADER_OCTETS + ref.octets)
    const header = requireHeader(bytes, ref.octets)
    const body = bytes.subarray(HEADER_OCTETS)
    requireChecksum(header, body)
    return { header, body }
  }

  close(): void {
    for (const path of [...this.#files.keys()]) this.#drop(path)
  }

  #locate(ref: BlobRef): { file: OpenFile; offset: number } {
    const place = placeOf(ref.id)
    if (place === null) throw new StoreFault('missing', 'no such body')
    if (place.kind === 'large') return { file: this.#open(largePath(this.#root, place.shard, place.name)), offset: 0 }
    return { file: this.#open(segmentPath(this.#root, place.shard, place.segment)), offset: place.offset }
  }

  #open(path: string): OpenFile {
    let file = this.#files.get(path)
    if (file !== undefined) this.#files.delete(path)
    else {
      try {
        file = { fd: openSync(path, 'r'), readers: 0, dropped: false }
      } catch (error) {
        throw ioFault(error, 'a body')
      }
    }
    this.#files.set(path, file)
    if (this.#files.size > OPEN_FILES) this.#drop(this.#files.keys().next().value!)
    return file
  }

  #drop(path: string): void {
    const file = this.#files.get(path)!
    this.#files.delete(path)
    file.dropped = true
    if (file.readers === 0) closeSync(file.fd)
  }

  #pread(file: OpenFile, position: number, octets: number): Uint8Array | Promise<Uint8Array> {
    if (octets <= SYNC_OCTETS + HEADER_OCTETS) return this.#preadSync(file, position, octets)
    const bytes = Buffer.allocUnsafe(octets)
    file.readers += 1
    return new Promise((resolve, reject) => {
      readAsync(file.fd, bytes, 0, octets, position, (error, read) => {
        file.readers -= 1
        if (file.dropped && file.readers === 0) closeSync(file.fd)
        if (error !== null) reject(ioFault(error, 'a body'))
        else resolve(bytes.subarray(0, read))
      })
    })
  }

  #preadSync(file: OpenFile, position: number, octets: number): Uint8Array {
    const bytes = Buffer.allocUnsafe(octets)
    try {
      return bytes.subarray(0, readSync(file.fd, bytes, 0, octets, position))
    } catch (error) {
      throw ioFault(error, 'a body')
    }
  }
}

function verified(bytes: Uint8Array, ref: BlobRef): Uint8Array {
  const header = requireHeader(bytes, ref.octets)
  const body = bytes.subarray(HEADER_OCTETS)
  requireChecksum(header, body)
  return body
}

function filled(bytes: Uint8Array, wanted: number): Uint8Array {
  if (bytes.length < wanted) throw new StoreFault('corrupt', 'a stored body is cut short')
  return bytes
}
