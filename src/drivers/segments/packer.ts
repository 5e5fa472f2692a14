import { asBuffer } from '#base/bytes.ts'
import { NEWEST_DICTIONARY } from './dictionary.ts'
import { encodeIndex, FIRST_FRAME_OCTETS, FRAME_OCTETS, type Frame, type Piece } from './packed-index.ts'
import { Unwrapper } from './unwrapper.ts'
import { compress } from './zstd.ts'

/** A body that would not lose a sixteenth is not worth unpacking at each read. */
const worth = (packed: number, octets: number): boolean => packed < octets - octets / 16
/** Nothing is gained on bodies below this size. */
const SMALL_OCTETS = 128

/**
 * Packs a body as it streams by, in bounded memory; what `write` and `finish` answer, in a row, is the packed body. Keeps views of the
 * chunks until a frame is full.
 */
export class Packer {
  readonly #unwrapper: Unwrapper | null
  readonly #frames: Frame[] = []
  #waiting: Uint8Array[] = []
  #waitingOctets = 0
  #content = 0

  /** `base64`: whether to look for any. */
  constructor(base64 = true) {
    this.#unwrapper = base64 ? new Unwrapper() : null
  }

  write(chunk: Uint8Array): Uint8Array[] {
    return this.#add(this.#unwrapper === null ? [chunk] : this.#unwrapper.write(chunk))
  }

  finish(): Uint8Array[] {
    const out = this.#add(this.#unwrapper?.end() ?? [])
    if (this.#waitingOctets > 0) out.push(this.#frame(this.#waitingOctets))
    const pieces: readonly Piece[] = this.#unwrapper?.pieces ?? []
    const plain = pieces.every(piece => 'octets' in piece)
    const index = { dictionary: NEWEST_DICTIONARY, content: this.#content, pieces: plain ? [] : pieces }
    return [...out, encodeIndex({ ...index, frames: this.#frames })]
  }

  #add(content: readonly Uint8Array[]): Uint8Array[] {
    const out: Uint8Array[] = []
    for (const bytes of content) {
      if (bytes.length === 0) continue
      this.#waiting.push(bytes)
      this.#waitingOctets += bytes.length
      this.#content += bytes.length
      while (this.#waitingOctets >= this.#frameOctets) out.push(this.#frame(this.#frameOctets))
    }
    return out
  }

  get #frameOctets(): number {
    return this.#frames.length === 0 ? FIRST_FRAME_OCTETS : FRAME_OCTETS
  }

  #frame(octets: number): Uint8Array {
    const waiting = this.#waiting.length === 1 ? asBuffer(this.#waiting[0]!) : Buffer.concat(this.#waiting)
    const bytes = waiting.subarray(0, octets)
    const first = this.#frames.length === 0
    const packed = first ? compress(bytes, 'first', NEWEST_DICTIONARY) : compress(bytes, 'later', 0)
    const compressed = worth(packed.length, bytes.length)
    const frame = compressed ? packed : Buffer.from(bytes)
    this.#frames.push({ stored: frame.length, compressed })
    this.#waiting = [waiting.subarray(octets)]
    this.#waitingOctets -= octets
    return frame
  }
}

/** The body packed, in memory of its own; null when that is not worth it. */
export function pack(body: Uint8Array): Uint8Array | null {
  if (body.length < SMALL_OCTETS) return null
  const packer = new Packer(mentionsBase64(body))
  const parts = [...packer.write(body), ...packer.finish()]
  const octets = parts.reduce((sum, part) => sum + part.length, 0)
  if (!worth(octets, body.length)) return null
  const packed = new Uint8Array(octets)
  let at = 0
  for (const part of parts) {
    packed.set(part, at)
    at += part.length
  }
  return packed
}

/** Whether it is worth looking at each line. Other spellings are rare, and only cost space. */
function mentionsBase64(body: Uint8Array): boolean {
  const bytes = asBuffer(body)
  return bytes.includes('base64') || bytes.includes('BASE64') || bytes.includes('Base64')
}
