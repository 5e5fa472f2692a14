import type { PackedBody } from './packed-body.ts'

/** Bodies of which it is kept how they lie. */
const BODIES = 128
/** Octets of contents that are kept; what was read last serves the next range of the same body. */
const CONTENT_OCTETS = 1024 * 1024

/** What a thread knows of bodies that it has read lately, least recently used first. */
export class BodyCache {
  /** null: stored as it is, with a sound header. */
  readonly #bodies = new Map<string, PackedBody | null>()
  readonly #contents = new Map<string, Uint8Array>()
  #octets = 0

  body(id: string): PackedBody | null | undefined {
    return this.#bodies.get(id)
  }

  keepBody(id: string, body: PackedBody | null): void {
    this.#bodies.set(id, body)
    if (this.#bodies.size > BODIES) this.#bodies.delete(this.#bodies.keys().next().value!)
  }

  content(id: string, frame: number): Uint8Array | undefined {
    const key = `${id}/${frame}`
    const content = this.#contents.get(key)
    if (content === undefined) return undefined
    this.#contents.delete(key)
    this.#contents.set(key, content)
    return content
  }

  keepContent(id: string, frame: number, content: Uint8Array): void {
    const key = `${id}/${frame}`
    if (this.#contents.has(key)) return
    this.#contents.set(key, content)
    this.#octets += content.length
    for (const [oldest, { length }] of this.#contents) {
      if (this.#octets <= CONTENT_OCTETS) return
      this.#contents.delete(oldest)
      this.#octets -= length
    }
  }
}
