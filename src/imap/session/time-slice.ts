import { nextTurn } from '#base/turns.ts'

/** Longest that one session's work holds the event loop, milliseconds. */
const SLICE_MS = 4

/** Lets long work give way: `rest` answers at once until the slice is used up, then after everybody else had a turn. */
export class TimeSlice {
  #since = performance.now()
  #calls = 0

  rest(): Promise<void> | undefined {
    // The clock is cheap but not free: small steps look at it now and then.
    if ((++this.#calls & 7) !== 0 || performance.now() - this.#since < SLICE_MS) return undefined
    return nextTurn().then(() => {
      this.#since = performance.now()
    })
  }
}
