/** What a connection has received and nobody has read yet: bounded, for one reader. */
export class Input {
  #chunks: Uint8Array[] | null = null
  #octets = 0
  #waiter: ((chunk: Uint8Array | null) => void) | null = null
  #over = false

  get octets(): number {
    return this.#octets
  }

  get waiting(): boolean {
    return this.#waiter !== null
  }

  push(chunk: Uint8Array): void {
    if (this.#over || chunk.length === 0) return
    const waiter = this.#waiter
    if (waiter !== null) {
      this.#waiter = null
      waiter(chunk)
      return
    }
    if (this.#chunks === null) this.#chunks = [chunk]
    else this.#chunks.push(chunk)
    this.#octets += chunk.length
  }

  /** All that is there in one piece; null when there is nothing and will be nothing; else a promise of the next. */
  take(): Uint8Array | null | Promise<Uint8Array | null> {
    const chunks = this.#chunks
    if (chunks !== null) {
      this.#chunks = null
      this.#octets = 0
      return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
    }
    if (this.#over) return null
    if (this.#waiter !== null) throw new Error('two readers on one connection')
    return new Promise(resolve => {
      this.#waiter = resolve
    })
  }

  /** Nothing more comes; what is there can still be read. */
  finish(): void {
    this.#over = true
    const waiter = this.#waiter
    this.#waiter = null
    waiter?.(null)
  }

  /** Forgets what was not read, and gives it to the caller. */
  discard(): readonly Uint8Array[] {
    const chunks = this.#chunks ?? []
    this.#chunks = null
    this.#octets = 0
    return chunks
  }
}
