/** Numbers that look random and are the same again for the same seed: a failure can be repeated. */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** An integer in [0, below). */
  below(below: number): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0
    return Math.floor((this.#state / 2 ** 32) * below)
  }

  of<Value>(values: ArrayLike<Value>): Value {
    return values[this.below(values.length)]!
  }

  octets(count: number): Buffer {
    const bytes = Buffer.alloc(count)
    for (let i = 0; i < count; i++) bytes[i] = this.below(256)
    return bytes
  }
}

/** From the environment, to repeat a run; else another each day. */
export const seed = Number(process.env.HOSTILE_SEED ?? Math.floor(Date.now() / 86_400_000))
