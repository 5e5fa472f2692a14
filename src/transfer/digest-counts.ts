/** How often each of very many digests is there, in flat memory: 40 octets for each or less, where a Map would take hundreds. */

/** Octets of a digest that count: enough that two messages never look alike. */
export const DIGEST_OCTETS = 16

const SLOT = 5

export class DigestCounts {
  /** Four words of the digest, then the count plus one; 0 is a free slot. */
  #slots = new Uint32Array(SLOT * 1024)
  #used = 0

  add(digest: Buffer): void {
    if ((this.#used + 1) * SLOT * 2 > this.#slots.length) this.#grow()
    const at = this.#find(this.#slots, words(digest))
    if (this.#slots[at + 4] === 0) {
      this.#slots.set(words(digest), at)
      this.#slots[at + 4] = 1
      this.#used += 1
    }
    this.#slots[at + 4]! += 1
  }

  /** True when there was one, which is then used up. */
  take(digest: Buffer): boolean {
    const at = this.#find(this.#slots, words(digest))
    if (this.#slots[at + 4]! <= 1) return false
    this.#slots[at + 4]! -= 1
    return true
  }

  #find(slots: Uint32Array, key: Words): number {
    const count = slots.length / SLOT
    for (let slot = key[0] % count; ; slot = (slot + 1) % count) {
      const at = slot * SLOT
      if (slots[at + 4] === 0) return at
      if (slots[at] === key[0] && slots[at + 1] === key[1] && slots[at + 2] === key[2] && slots[at + 3] === key[3])
        return at
    }
  }

  #grow(): void {
    const old = this.#slots
    const slots = new Uint32Array(old.length * 2)
    for (let at = 0; at < old.length; at += SLOT) {
      if (old[at + 4] === 0) continue
      const to = this.#find(slots, [old[at]!, old[at + 1]!, old[at + 2]!, old[at + 3]!])
      slots.set(old.subarray(at, at + SLOT), to)
    }
    this.#slots = slots
  }
}

type Words = readonly [number, number, number, number]

const words = (digest: Buffer): Words => [
  digest.readUInt32LE(0),
  digest.readUInt32LE(4),
  digest.readUInt32LE(8),
  digest.readUInt32LE(12),
]
