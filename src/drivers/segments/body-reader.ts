import { closeSync, openSync, read as readAsync, readSync } from 'node:fs'
import { StoreFault } from '#base/errors.ts'
import { type BlobRef, READ_OCTETS } from '#ports/blobs.ts'
import { BodyCache } from './body-cache.ts'
import { ioFault } from './io-fault.ts'
import { largePath, placeOf, segmentPath } from './layout.ts'
import { PackedBody } from './packed-body.ts'
import { decodeIndex, indexStart } from './packed-index.ts'
import { Expected, readTogether } from './read-ahead.ts'
import { Form, HEADER_OCTETS, type RecordHeader, requireChecksum, requireHeader } from './record.ts'

/** Files kept open by one thread. */
const OPEN_FILES = 128
/** Up to this many octets a read from the page cache is quicker than a promise. */
const SYNC_OCTETS = 64 * 1024

/** Up to this size a body is read whole. */
const WHOLE_OCTETS = 16 * 1024
/** Where the index of a packed body mostly lies. */
const TAIL_OCTETS = 2048

type OpenFile = { readonly fd: number; readers: number; dropped: boolean }
type Position = { readonly file: OpenFile; readonly offset: number }

/** Reads bodies by range. Each thread has its own, with its own open files, least recently used first in the map. */
export class BodyReader {
  readonly #root: string
  readonly #files = new Map<string, OpenFile>()
  readonly #cache = new BodyCache()
  readonly #expected = new Expected()

  constructor(root: string) {
    this.#root = root
  }

  read(ref: BlobRef, start: number, end: number): Uint8Array | Promise<Uint8Array> {
    const stop = Math.min(end, ref.octets)
    const place = this.#locate(ref)
    let body = this.#cache.body(ref.id)
    if (body === undefined && ref.octets <= WHOLE_OCTETS) {
      this.#readAhead(ref, place)
      body = this.#cache.body(ref.id)
      if (body === undefined) return this.#readWhole(ref, place, start, stop)
    }
    if (body === undefined) {
      body = this.#look(ref, place)
      this.#cache.keepBody(ref.id, body)
    }
    if (start >= stop) return new Uint8Array(0)
    return body === null
      ? this.#readRaw(ref, place, start, Math.min(stop, start + READ_OCTETS))
      : this.#readFrames(ref, place, body, start, Math.min(stop, start + READ_OCTETS))
  }

  /** Small bodies among these are read together when the first of them is asked for. */
  expect(refs: readonly BlobRef[]): void {
    this.#expected.expect(refs)
  }

  /** One small body as it is stored, verified. */
  record(ref: BlobRef): { readonly header: RecordHeader; readonly body: Uint8Array } {
    const { file, offset } = this.#locate(ref)
    const header = requireHeader(this.#preadSync(file, offset, HEADER_OCTETS), ref.octets)
    const body = this.#preadSync(file, offset + HEADER_OCTETS, header.stored)
    requireChecksum(header, body)
    return { header, body }
  }

  close(): void {
    for (const path of [...this.#files.keys()]) this.#drop(path)
  }

  /** A small body is read and verified whole, whatever is wanted of it: packed it is one frame, and the next part is mostly wanted too. */
  #readWhole(ref: BlobRef, { file, offset }: Position, start: number, stop: number): Uint8Array {
    // No record is longer than its body stored as it is; what follows this one is not looked at.
    const bytes = this.#preadSync(file, offset, HEADER_OCTETS + ref.octets)
    const header = requireHeader(bytes, ref.octets)
    const stored = bytes.subarray(HEADER_OCTETS, HEADER_OCTETS + header.stored)
    requireChecksum(header, stored)
    if (header.form === Form.raw) return stored.subarray(start, Math.max(start, stop))
    const body = PackedBody.of(stored, ref.octets)
    this.#cache.keepBody(ref.id, body)
    if (start >= stop) return new Uint8Array(0)
    const [first, last] = body.framesFor(start, stop)
    const contents = body.contents(first, last, stored.subarray(body.stretch(first, last)[0]))
    if (contents.length === 1) this.#cache.keepContent(ref.id, first, contents[0]!)
    return body.read(start, stop, first, contents)
  }

  #readAhead(ref: BlobRef, { file, offset }: Position): void {
    const group = this.#expected.groupFrom(ref, WHOLE_OCTETS)
    if (group === undefined) return
    try {
      for (const { id, body, content } of readTogether(group, this.#preadSync(file, offset, group.octets))) {
        this.#cache.keepBody(id, body)
        this.#cache.keepContent(id, 0, content)
      }
    } catch {
      // One of them is damaged: from now on each is read by itself, and the damaged one tells when it is asked for.
      this.#expected.expect([])
    }
  }

  /** How a body that is not small lies; null: as it is. */
  #look(ref: BlobRef, { file, offset }: Position): PackedBody | null {
    const header = requireHeader(this.#preadSync(file, offset, HEADER_OCTETS), ref.octets)
    if (header.form === Form.raw) return null
    const { stored } = header
    const from = offset + HEADER_OCTETS
    const tail = this.#preadSync(file, from + stored - Math.min(stored, TAIL_OCTETS), Math.min(stored, TAIL_OCTETS))
    const start = indexStart(tail, stored)
    const known = stored - tail.length
    const index = start >= known ? tail.subarray(start - known) : this.#preadSync(file, from + start, stored - start)
    return new PackedBody(decodeIndex(index), stored, ref.octets)
  }

  #readRaw(ref: BlobRef, { file, offset }: Position, start: number, stop: number): Uint8Array | Promise<Uint8Array> {
    if (start === 0 && stop === ref.octets) {
      const whole = this.#pread(file, offset, HEADER_OCTETS + stop)
      return whole instanceof Promise ? whole.then(bytes => verified(bytes, ref)) : verified(whole, ref)
    }
    const part = this.#pread(file, offset + HEADER_OCTETS + start, stop - start)
    return part instanceof Promise ? part.then(bytes => filled(bytes, stop - start)) : filled(part, stop - start)
  }

  #readFrames(
    ref: BlobRef,
    { file, offset }: Position,
    body: PackedBody,
    start: number,
    stop: number,
  ): Uint8Array | Promise<Uint8Array> {
    const [first, last] = body.framesFor(start, stop)
    const cached: Uint8Array[] = []
    // A range mostly begins in the frame where the last one ended.
    for (let frame = first; frame < last; frame++) {
      const content = this.#cache.content(ref.id, frame)
      if (content === undefined) break
      cached.push(content)
    }
    const missing = first + cached.length
    if (missing === last) return body.read(start, stop, first, cached)
    const [from, to] = body.stretch(missing, last)
    const answer = (stored: Uint8Array) => {
      const contents = [...cached, ...body.contents(missing, last, filled(stored, to - from))]
      this.#cache.keepContent(ref.id, last - 1, contents.at(-1)!)
      return body.read(start, stop, first, contents)
    }
    const stored = this.#pread(file, offset + HEADER_OCTETS + from, to - from)
    return stored instanceof Promise ? stored.then(answer) : answer(stored)
  }

  #locate(ref: BlobRef): Position {
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
