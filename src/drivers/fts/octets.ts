/** Octets that grow, and numbers in few of them: seven bits each, the lowest first, the top bit set on all but the last. */
export class GrowingOctets {
  #octets = Buffer.allocUnsafe(1024)
  length = 0

  number(value: number): void {
    this.#room(5)
    const octets = this.#octets
    let left = value
    while (left > 0x7f) {
      octets[this.length++] = (left & 0x7f) | 0x80
      left >>>= 7
    }
    octets[this.length++] = left
  }

  bytes(bytes: Uint8Array): void {
    this.#room(bytes.length)
    this.#octets.set(bytes, this.length)
    this.length += bytes.length
  }

  /** Views what is there until more is added. */
  view(): Buffer {
    return this.#octets.subarray(0, this.length)
  }

  clear(): void {
    this.length = 0
  }

  #room(octets: number): void {
    if (this.length + octets <= this.#octets.length) return
    const grown = Buffer.allocUnsafe(Math.max(this.length + octets, this.#octets.length * 2))
    grown.set(this.view())
    this.#octets = grown
  }
}

export class GrowingNumbers {
  #numbers = new Uint32Array(256)
  length = 0

  push(value: number): void {
    if (this.length === this.#numbers.length) {
      const grown = new Uint32Array(this.length * 2)
      grown.set(this.#numbers)
      this.#numbers = grown
    }
    this.#numbers[this.length++] = value
  }

  view(): Uint32Array {
    return this.#numbers.subarray(0, this.length)
  }
}
