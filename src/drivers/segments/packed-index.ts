import { crc32 } from 'node:zlib'
import { asBuffer } from '#base/bytes.ts'
import { StoreFault } from '#base/errors.ts'
import { type LineForm, lineContent, lineOctets } from './base64-lines.ts'

/** A stretch of a body: text as it is, or lines of base64 that are kept decoded. */
export type Piece = { readonly octets: number } | (LineForm & { readonly lines: number })

/** A stretch of stored octets: `content` octets of the body's content, compressed or as they are. */
export type Frame = { readonly stored: number; readonly compressed: boolean }

/**
 * How a packed body lies: its content (the body with base64 decoded, piece by piece) is cut into frames that can be read by themselves;
 * behind the frames stands this index, and behind the index its length and its CRC-32, in 4 octets each. Numbers of the index are
 * little-endian, 7 bits an octet:
 *
 *   dictionary of the first frame, octets of content, number of pieces (0: content is body)
 *   each piece:  0, octets  |  characters of a line × 2 + (1 when it ends with CR LF), lines
 *   each frame:  stored octets × 2 + (1 when compressed)
 */
export type PackedIndex = {
  readonly dictionary: number
  readonly content: number
  readonly pieces: readonly Piece[]
  readonly frames: readonly Frame[]
}

export const INDEX_TRAILER_OCTETS = 8

/** The first frame is short: it has the header, which is asked for most. */
export const FIRST_FRAME_OCTETS = 16 * 1024
export const FRAME_OCTETS = 64 * 1024

export const frameCount = (content: number): number =>
  content === 0 ? 0 : 1 + Math.ceil(Math.max(0, content - FIRST_FRAME_OCTETS) / FRAME_OCTETS)
export const frameAt = (content: number): number =>
  content < FIRST_FRAME_OCTETS ? 0 : 1 + Math.floor((content - FIRST_FRAME_OCTETS) / FRAME_OCTETS)
export const frameStart = (frame: number): number => (frame === 0 ? 0 : FIRST_FRAME_OCTETS + (frame - 1) * FRAME_OCTETS)

export const pieceOctets = (piece: Piece): number =>
  'octets' in piece ? piece.octets : piece.lines * lineOctets(piece)
export const pieceContent = (piece: Piece): number =>
  'octets' in piece ? piece.octets : piece.lines * lineContent(piece)

/** The index with its trailer. */
export function encodeIndex({ dictionary, content, pieces, frames }: PackedIndex): Buffer {
  const out: number[] = []
  for (const number of [dictionary, content, pieces.length]) put(out, number)
  for (const piece of pieces) {
    if ('octets' in piece) put(out, 0)
    else put(out, piece.chars * 2 + piece.end - 1)
    put(out, 'octets' in piece ? piece.octets : piece.lines)
  }
  for (const { stored, compressed } of frames) put(out, stored * 2 + (compressed ? 1 : 0))
  const bytes = Buffer.alloc(out.length + INDEX_TRAILER_OCTETS)
  bytes.set(out)
  bytes.writeUInt32LE(out.length, out.length)
  bytes.writeUInt32LE(crc32(bytes.subarray(0, out.length)), out.length + 4)
  return bytes
}

/** Where the index begins in `stored` octets, the last of which are given. @throws {StoreFault} `corrupt` */
export function indexStart(tail: Uint8Array, stored: number): number {
  const length = tail.length < INDEX_TRAILER_OCTETS ? stored : asBuffer(tail).readUInt32LE(tail.length - 8)
  const start = stored - INDEX_TRAILER_OCTETS - length
  if (start < 0) throw new StoreFault('corrupt', 'a stored body has no index')
  return start
}

/** Reads an index with its trailer. @throws {StoreFault} `corrupt` */
export function decodeIndex(withTrailer: Uint8Array): PackedIndex {
  const bytes = asBuffer(withTrailer).subarray(0, -INDEX_TRAILER_OCTETS)
  if (crc32(bytes) !== asBuffer(withTrailer).readUInt32LE(bytes.length + 4)) {
    throw new StoreFault('corrupt', 'the index of a stored body fails its checksum')
  }
  const reader = new Numbers(bytes)
  const [dictionary, content, pieceCount] = [reader.next(), reader.next(), reader.next()]
  const pieces: Piece[] = []
  while (pieces.length < pieceCount) {
    const form = reader.next()
    const count = reader.next()
    pieces.push(form === 0 ? { octets: count } : { chars: form >>> 1, end: form % 2 === 1 ? 2 : 1, lines: count })
  }
  const frames: Frame[] = []
  for (let left = frameCount(content); left > 0; left--) {
    const number = reader.next()
    frames.push({ stored: Math.floor(number / 2), compressed: number % 2 === 1 })
  }
  return { dictionary, content, pieces, frames }
}

function put(out: number[], number: number): void {
  let rest = number
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) out.push((rest % 0x80) | 0x80)
  out.push(rest)
}

class Numbers {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  next(): number {
    let number = 0
    for (let scale = 1; ; scale *= 0x80) {
      const octet = this.#bytes[this.#at++]
      if (octet === undefined) throw new StoreFault('corrupt', 'the index of a stored body is cut short')
      number += (octet & 0x7f) * scale
      if (octet < 0x80) return number
    }
  }
}
