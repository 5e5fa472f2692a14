import { crc32 } from 'node:zlib'
import type { EntryColumns } from '#ports/metadata.ts'

/**
 * The entries of a mailbox as one run of octets that is read back without looking at it entry by entry:
 *
 *   eight numbers (64 bits): version, mailbox, uidvalidity, modseq, length, octets of keyword texts, CRC-32 of all that follows, nonce
 *   modseq, octets, receivedAt, savedAt, message, thread (64 bits each), uid, keyword text (32), zone (16), flags (8)
 *   the distinct keyword texts as JSON
 *
 * In the byte order of the machine; on another the version is not recognised and the snapshot is not used.
 */
const VERSION = 0x524b5331
const HEADER_NUMBERS = 8
const WIDE = ['modseq', 'octets', 'receivedAt', 'savedAt', 'message', 'thread'] as const

export type EntrySnapshot = {
  readonly mailbox: number
  readonly uidValidity: number
  /** Changes up to here are in it; those after it may be. */
  readonly modseq: number
  /** Of the change that made the modseq: the same modseq of another history (after a restore) has another. */
  readonly nonce: number
  readonly columns: EntryColumns
}

export function encodeSnapshot({ mailbox, uidValidity, modseq, nonce, columns }: EntrySnapshot): Uint8Array {
  const { length } = columns
  const numbers = new Map<string, number>()
  const texts = Uint32Array.from(columns.keywords, text => {
    const number = numbers.get(text) ?? numbers.size
    numbers.set(text, number)
    return number
  })
  const words = Buffer.from(JSON.stringify([...numbers.keys()]))
  const parts = [...WIDE.map(name => columns[name]), columns.uid, texts, columns.zone, columns.flags, words]
  const size = parts.reduce((sum, part) => sum + part.byteLength, HEADER_NUMBERS * 8)
  const bytes = new Uint8Array(size)
  let at = HEADER_NUMBERS * 8
  for (const part of parts) {
    bytes.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), at)
    at += part.byteLength
  }
  const crc = crc32(bytes.subarray(HEADER_NUMBERS * 8))
  new Float64Array(bytes.buffer, 0, HEADER_NUMBERS).set([
    VERSION,
    mailbox,
    uidValidity,
    modseq,
    length,
    words.length,
    crc,
    nonce,
  ])
  return bytes
}

/** null for anything that is not a whole snapshot. The columns are views of `bytes`, which must start on a multiple of 8. */
export function decodeSnapshot(bytes: Uint8Array): EntrySnapshot | null {
  if (bytes.length < HEADER_NUMBERS * 8 || bytes.byteOffset % 8 !== 0) return null
  const header = new Float64Array(bytes.buffer, bytes.byteOffset, HEADER_NUMBERS)
  const [version, mailbox, uidValidity, modseq, length, words, crc, nonce] = header as unknown as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  const width = WIDE.length * 8 + 4 + 4 + 2 + 1
  if (version !== VERSION || bytes.length !== HEADER_NUMBERS * 8 + length * width + words) return null
  if (crc32(bytes.subarray(HEADER_NUMBERS * 8)) !== crc) return null
  let at = bytes.byteOffset + HEADER_NUMBERS * 8
  const take = <T>(Column: new (buffer: ArrayBufferLike, offset: number, length: number) => T, octets: number): T => {
    const column = new Column(bytes.buffer, at, length)
    at += octets * length
    return column
  }
  const wide = Object.fromEntries(WIDE.map(name => [name, take(Float64Array, 8)])) as Record<
    (typeof WIDE)[number],
    Float64Array
  >
  const uid = take(Uint32Array, 4)
  const texts = take(Uint32Array, 4)
  const zone = take(Int16Array, 2)
  const flags = take(Uint8Array, 1)
  const known = JSON.parse(Buffer.from(bytes.subarray(bytes.length - words)).toString()) as string[]
  const keywords = new Array<string>(length)
  for (let i = 0; i < length; i++) keywords[i] = known[texts[i]!] ?? ''
  return { mailbox, uidValidity, modseq, nonce, columns: { length, uid, zone, flags, keywords, ...wide } }
}
