import { nextTurn } from '#base/turns.ts'

/** Longest that one piece of work holds the event loop, milliseconds. */
const SLICE_MS = 4

/** How far long work has come: rows looked at, of so many. */
export type Progress = (done: number, total: number) => void

/**
 * Makes long work over many messages give way: others have their turn every few milliseconds, the work ends when nobody wants its
 * result any more, and who waits can be told how far it is.
 */
export class Pace {
  readonly #signal: AbortSignal | null
  readonly #progress: Progress | null
  #since = performance.now()
  #done = 0
  #total = 0

  constructor(signal: AbortSignal | null = null, progress: Progress | null = null) {
    this.#signal = signal
    this.#progress = progress
  }

  /** So much is to do in all, and nothing of it is done. */
  begin(total: number): void {
    this.#total = total
    this.#done = 0
  }

  did(count: number): void {
    this.#done += count
  }

  /** True when it is time to `rest`. */
  due(): boolean {
    return performance.now() - this.#since >= SLICE_MS
  }

  /** Gives way when it is due. @throws the signal's reason when the work is not wanted any more */
  rest(): Promise<void> | undefined {
    return this.due() ? this.#rest() : undefined
  }

  async #rest(): Promise<void> {
    await nextTurn()
    this.#signal?.throwIfAborted()
    this.#progress?.(this.#done, this.#total)
    this.#since = performance.now()
  }
}
