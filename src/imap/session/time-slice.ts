import { nextTurn } from '#base/turns.ts'

/**
 * Longest that one session's work holds the event loop, milliseconds. Beside a client that pipelines 10,000 commands the others' p99 was 17 ms
 * with 4 and 7 with 1; what the client itself got in the same time did not differ measurably.
 */
const SLICE_MS = 1

/** Lets long work give way: `rest` answers at once until the slice is used up, then after everybody else had a turn. */
export class TimeSlice {
  /** Steps between two looks at the clock, which is cheap but not free: more than one where they are small. */
  readonly #steps: number
  #since = performance.now()
  #calls = 0

  constructor(steps = 1) {
    this.#steps = steps
  }

  rest(): Promise<void> | undefined {
    if (++this.#calls < this.#steps) return undefined
    this.#calls = 0
    if (performance.now() - this.#since < SLICE_MS) return undefined
    return nextTurn().then(() => {
      this.#since = performance.now()
    })
  }
}
