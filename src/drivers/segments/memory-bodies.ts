import { StoreFault } from '#base/errors.ts'
import type { BlobRef } from '#ports/blobs.ts'
import type { BodyBytes, PlacedBody } from './segment-writer.ts'

/** Bodies of a store that lives in memory; a stage without a directory packs none. */
export class MemoryBodies {
  readonly #bodies = new Map<string, Uint8Array>()
  #last = 0

  place(bodies: readonly BodyBytes[]): PlacedBody[] {
    return bodies.map(({ form, bytes }) => {
      this.#last += 1
      const id = `m${this.#last}`
      this.#bodies.set(id, Uint8Array.from(bytes))
      return { id, segment: 0, stored: bytes.length, form }
    })
  }

  read(ref: BlobRef, start: number, end: number): Uint8Array {
    const bytes = this.#bodies.get(ref.id)
    if (bytes === undefined) throw new StoreFault('missing', 'no such body')
    return bytes.slice(start, Math.max(start, end))
  }
}
