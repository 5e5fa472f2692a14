/** Chance that can be repeated. */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0 || 1
  }

  /** An integer from 0 up to, not including, `below`. */
  below(below: number): number {
    // xorshift32
    this.#state ^= this.#state << 13
    this.#state ^= this.#state >>> 17
    this.#state ^= this.#state << 5
    this.#state >>>= 0
    return this.#state % below
  }

  between(least: number, most: number): number {
    return least + this.below(most - least + 1)
  }

  chance(percent: number): boolean {
    return this.below(100) < percent
  }

  of<Value>(values: readonly Value[]): Value {
    return values[this.below(values.length)]!
  }

  some<Value>(values: readonly Value[], most: number): Value[] {
    if (values.length === 0) return []
    const from = this.below(values.length)
    return values.slice(from, from + 1 + this.below(most))
  }
}
