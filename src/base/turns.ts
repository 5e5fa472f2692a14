/**
 * Turns of the event loop for long work of many: one piece of it in each turn, so that whoever has something short to do waits for one
 * piece and not for one of everybody.
 */

const waiting: (() => void)[] = []

/** Resolves after all that is ready now had its turn, and after those who asked before. */
export function nextTurn(): Promise<void> {
  return new Promise(resolve => {
    // setImmediate alone would run all who wait in one turn.
    if (waiting.push(resolve) === 1) setImmediate(give)
  })
}

function give(): void {
  const next = waiting.shift()!
  if (waiting.length > 0) setImmediate(give)
  next()
}
