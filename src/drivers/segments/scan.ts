import { createHash } from 'node:crypto'
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import { StoreFault } from '#base/errors.ts'
import { ioFault } from './io-fault.ts'
import { PackedBody } from './packed-body.ts'
import { decodeIndex, INDEX_TRAILER_OCTETS, indexStart } from './packed-index.ts'
import { decodeHeader, Form, HEADER_OCTETS, type RecordHeader } from './record.ts'

/** Octets read at a time while verifying. */
const PAGE_OCTETS = 256 * 1024

export type ScannedRecord = { readonly offset: number; readonly header: RecordHeader }

/**
 * What a file of records holds. `end`: behind the last whole record; what follows never was promised to anybody: `torn` octets of
 * records that were not finished, and zeros that the writer put there ahead.
 */
export type Scan = { readonly records: readonly ScannedRecord[]; readonly end: number; readonly torn: number }

/** Walks the records of a file from the start up to the first that is not whole. */
export function scanRecords(path: string): Scan {
  const fd = open(path)
  try {
    const size = fstatSync(fd).size
    const records: ScannedRecord[] = []
    let offset = 0
    for (;;) {
      const header = decodeHeader(readAt(fd, offset, HEADER_OCTETS))
      if (header === null || offset + HEADER_OCTETS + header.stored > size) break
      if (checksum(fd, offset + HEADER_OCTETS, header.stored) !== header.crc) break
      records.push({ offset, header })
      offset += HEADER_OCTETS + header.stored
    }
    return { records, end: offset, torn: writtenEnd(fd, offset, size) - offset }
  } finally {
    closeSync(fd)
  }
}

/**
 * Reads one record whole and compares everything that is known of it: it must give back a body with exactly this SHA-256.
 * @throws {StoreFault} `missing`, `corrupt`
 */
export function verifyRecord(path: string, offset: number, octets: number, digest: Uint8Array): void {
  const fd = open(path)
  try {
    const header = decodeHeader(readAt(fd, offset, HEADER_OCTETS))
    if (header === null || header.octets !== octets) throw new StoreFault('corrupt', 'the header is damaged')
    if (Buffer.compare(header.digest, digest.subarray(0, header.digest.length)) !== 0) {
      throw new StoreFault('corrupt', 'the record is of another body')
    }
    if (checksum(fd, offset + HEADER_OCTETS, header.stored) !== header.crc) {
      throw new StoreFault('corrupt', 'the body fails its checksum')
    }
    const hash = createHash('sha256')
    for (const page of bodyPages(fd, offset + HEADER_OCTETS, header)) hash.update(page)
    if (!hash.digest().equals(digest)) throw new StoreFault('corrupt', 'the body is not what was stored')
  } finally {
    closeSync(fd)
  }
}

/** The body of a record, page by page. */
function* bodyPages(fd: number, offset: number, { form, stored, octets }: RecordHeader): Iterable<Uint8Array> {
  if (form === Form.raw) {
    for (let at = 0; at < octets; at += PAGE_OCTETS) yield readAt(fd, offset + at, Math.min(PAGE_OCTETS, octets - at))
    return
  }
  const tail = Math.min(stored, INDEX_TRAILER_OCTETS)
  const start = indexStart(readAt(fd, offset + stored - tail, tail), stored)
  const body = new PackedBody(decodeIndex(readAt(fd, offset + start, stored - start)), stored, octets)
  for (let at = 0; at < octets; at += PAGE_OCTETS) {
    const end = Math.min(octets, at + PAGE_OCTETS)
    const [first, last] = body.framesFor(at, end)
    const [from, to] = body.stretch(first, last)
    yield body.read(at, end, first, body.contents(first, last, readAt(fd, offset + from, to - from)))
  }
}

/** Where the zeros begin that reach to the end of the file. */
function writtenEnd(fd: number, start: number, size: number): number {
  let end = start
  for (let at = start; at < size; at += PAGE_OCTETS) {
    const page = readAt(fd, at, Math.min(PAGE_OCTETS, size - at))
    const last = page.findLastIndex(octet => octet !== 0)
    if (last >= 0) end = at + last + 1
  }
  return end
}

function checksum(fd: number, offset: number, octets: number): number {
  let crc = 0
  for (let at = 0; at < octets; at += PAGE_OCTETS) {
    const page = readAt(fd, offset + at, Math.min(PAGE_OCTETS, octets - at))
    crc = crc32(page, crc)
  }
  return crc
}

function readAt(fd: number, position: number, octets: number): Buffer {
  const bytes = Buffer.allocUnsafe(octets)
  return bytes.subarray(0, readSync(fd, bytes, 0, octets, position))
}

function open(path: string): number {
  try {
    return openSync(path, 'r')
  } catch (error) {
    throw ioFault(error, 'a body')
  }
}
