/**
 * Octets that came and were not read yet, as the chunks they came in. Views are handed out; nothing is copied.
 *
 *   push(chunk)   waiting        take(max)   a view of at most so many octets, null when there are none
 *   takeLine()    a view up to and with the next LF, or of the chunk's rest when it has none
 *   takeAll()     everything; copies only when it lies in several chunks
 */
export class ChunkQueue {
  /** The first unread octet is at #at of the #head-th chunk. */
  #chunks: Uint8Array[] = []
  #head = 0
  #at = 0
  #waiting = 0

  get waiting(): number {
    return this.#waiting
  }

  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return
    this.#chunks.push(chunk)
    this.#waiting += chunk.length
  }

  take(max: number): Uint8Array | null {
    const chunk = this.#chunks[this.#head]
    return chunk === undefined ? null : this.#takeTo(chunk, Math.min(chunk.length, this.#at + max))
  }

  takeLine(): Uint8Array | null {
    const chunk = this.#chunks[this.#head]
    if (chunk === undefined) return null
    const lf = chunk.indexOf(LF, this.#at)
    return this.#takeTo(chunk, lf < 0 ? chunk.length : lf + 1)
  }

  takeAll(): Uint8Array {
    const first = this.take(Number.POSITIVE_INFINITY) ?? new Uint8Array(0)
    if (this.#waiting === 0) return first
    const all = Buffer.concat([first, ...this.#chunks.slice(this.#head)])
    this.#chunks = []
    this.#head = 0
    this.#waiting = 0
    return all
  }

  #takeTo(chunk: Uint8Array, end: number): Uint8Array {
    const view = chunk.subarray(this.#at, end)
    this.#waiting -= view.length
    this.#at = end
    if (end === chunk.length) this.#dropHead()
    return view
  }

  #dropHead(): void {
    this.#at = 0
    this.#chunks[this.#head++] = NOTHING
    // Moving the rest to the front only when it is the smaller half keeps the cost of it linear.
    if (this.#head === this.#chunks.length || (this.#head >= 1024 && 2 * this.#head >= this.#chunks.length)) {
      this.#chunks.splice(0, this.#head)
      this.#head = 0
    }
  }
}

const LF = 10
const NOTHING = new Uint8Array(0)
