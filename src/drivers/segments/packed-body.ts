import { StoreFault } from '#base/errors.ts'
import { encodeLines, lineContent, lineOctets } from './base64-lines.ts'
import {
  decodeIndex,
  type Frame,
  frameAt,
  frameStart,
  indexStart,
  type PackedIndex,
  type Piece,
  pieceContent,
  pieceOctets,
} from './packed-index.ts'
import { decompress } from './zstd.ts'

/** Octets [start, end) of what is stored for a body, behind its header. */
export type Stretch = readonly [start: number, end: number]

type Placed = { readonly piece: Piece; readonly start: number; readonly content: number }

/** How to read a packed body: which frames a range needs, and the range out of their contents. Holds none of its octets. */
export class PackedBody {
  readonly octets: number
  readonly #index: PackedIndex
  readonly #pieces: readonly Placed[]
  /** Where each frame begins among the stored octets, and where the last one ends. */
  readonly #offsets: Float64Array

  /** @throws {StoreFault} `corrupt` when the parts of the index contradict each other, or the body is not of `octets` */
  constructor(index: PackedIndex, stored: number, octets: number) {
    this.#index = index
    this.octets = octets
    this.#pieces = placed(index.pieces.length > 0 ? index.pieces : [{ octets: index.content }])
    this.#offsets = new Float64Array(index.frames.length + 1)
    index.frames.forEach((frame, i) => {
      this.#offsets[i + 1] = this.#offsets[i]! + frame.stored
    })
    const { piece, start, content } = this.#pieces.at(-1)!
    const whole = start + pieceOctets(piece) === octets && content + pieceContent(piece) === index.content
    if (!whole || this.#offsets.at(-1)! > stored) {
      throw new StoreFault('corrupt', 'the index of a stored body contradicts itself')
    }
  }

  /** The body whose stored octets are given, whole. */
  static of(stored: Uint8Array, octets: number): PackedBody {
    const index = decodeIndex(stored.subarray(indexStart(stored, stored.length)))
    return new PackedBody(index, stored.length, octets)
  }

  /** The frames that a range of the body needs, first and behind the last. */
  framesFor(start: number, end: number): [first: number, end: number] {
    if (start >= end) return [0, 0]
    const [from, to] = this.#contentFor(start, end)
    return [frameAt(from), frameAt(to - 1) + 1]
  }

  /** Where frames lie. */
  stretch(first: number, end: number): Stretch {
    return [this.#offsets[first]!, this.#offsets[end]!]
  }

  /** What a frame holds, out of its stored octets. The answer is new memory, or `stored` itself. */
  open(frame: number, stored: Uint8Array): Uint8Array {
    const { dictionary, content, frames } = this.#index
    const { compressed } = frames[frame] as Frame
    const end = frame + 1 === frames.length ? content : frameStart(frame + 1)
    const octets = end - frameStart(frame)
    if (compressed) return decompress(stored, octets, frame === 0 ? dictionary : 0)
    if (stored.length !== octets) throw new StoreFault('corrupt', 'a stored body is cut short')
    return stored
  }

  /** The compressed frame of a body that has but one; undefined when it has more, or is not compressed. */
  onlyFrame(stored: Uint8Array): { stored: Uint8Array; octets: number; dictionary: number } | undefined {
    const { dictionary, content, frames } = this.#index
    if (frames.length !== 1 || !frames[0]!.compressed) return undefined
    return { stored: stored.subarray(0, frames[0]!.stored), octets: content, dictionary }
  }

  /** What some frames hold; `stored` begins with the first of them. */
  contents(first: number, end: number, stored: Uint8Array): Uint8Array[] {
    const base = this.#offsets[first]!
    return Array.from({ length: end - first }, (_, i) => {
      const [from, to] = this.stretch(first + i, first + i + 1)
      return this.open(first + i, stored.subarray(from - base, to - base))
    })
  }

  /** Octets [start, end) of the body, out of the contents of the frames from `first` on. */
  read(start: number, end: number, first: number, contents: readonly Uint8Array[]): Uint8Array {
    const content = contents.length === 1 ? contents[0]! : Buffer.concat(contents)
    const base = frameStart(first)
    const parts: Uint8Array[] = []
    for (const { piece, start: at, content: from } of this.#overlapping(start, end)) {
      const [low, high] = [Math.max(start, at) - at, Math.min(end, at + pieceOctets(piece)) - at]
      if ('octets' in piece) parts.push(content.subarray(from + low - base, from + high - base))
      else {
        const [line, stop] = [Math.floor(low / lineOctets(piece)), Math.ceil(high / lineOctets(piece))]
        const width = lineContent(piece)
        const lines = encodeLines(content.subarray(from + line * width - base, from + stop * width - base), piece)
        parts.push(lines.subarray(low - line * lineOctets(piece), high - line * lineOctets(piece)))
      }
    }
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts)
  }

  /** The content that a range is made of. */
  #contentFor(start: number, end: number): [number, number] {
    const within = (offset: number, round: (line: number) => number): number => {
      const { piece, start: at, content } = this.#pieces[this.#pieceAt(offset)]!
      if ('octets' in piece) return content + offset - at
      return content + round((offset - at) / lineOctets(piece)) * lineContent(piece)
    }
    // The last octet's line, whole.
    const last = within(end - 1, Math.floor)
    const { piece } = this.#pieces[this.#pieceAt(end - 1)]!
    return [within(start, Math.floor), last + ('octets' in piece ? 1 : lineContent(piece))]
  }

  #overlapping(start: number, end: number): readonly Placed[] {
    return start >= end ? [] : this.#pieces.slice(this.#pieceAt(start), this.#pieceAt(end - 1) + 1)
  }

  /** The piece that has the octet, by halves: a body may have thousands. */
  #pieceAt(offset: number): number {
    let [low, high] = [0, this.#pieces.length - 1]
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (this.#pieces[middle]!.start <= offset) low = middle
      else high = middle - 1
    }
    return low
  }
}

function placed(pieces: readonly Piece[]): Placed[] {
  let [start, content] = [0, 0]
  return pieces.map(piece => {
    const here = { piece, start, content }
    start += pieceOctets(piece)
    content += pieceContent(piece)
    return here
  })
}

/** A packed body that is in memory whole. */
export function unpack(stored: Uint8Array, octets: number): Uint8Array {
  const body = PackedBody.of(stored, octets)
  const frames = body.framesFor(0, octets)
  return body.read(0, octets, 0, body.contents(...frames, stored))
}
