/** Runs many random histories against a server and shrinks one that fails to a few steps with all that was said. */
import fc from 'fast-check'
import type { Place } from './device.ts'
import { anyHistory, describeHistory, type History } from './history.ts'
import { Overlap } from './overlap.ts'
import { Player } from './player.ts'

export type Run = {
  readonly place: Place
  readonly histories: number
  readonly seed: number
  /** No history begins after this. */
  readonly ms?: number
  readonly steps?: number
  /** All devices at once in place of one command after another. */
  readonly overlap?: boolean
  onHistory?(done: number): void
}

let played = 0

/** Answers how many histories were played. @throws with the shortest history that fails and its transcript */
export async function checkHistories({
  place,
  histories,
  seed,
  ms,
  steps = 30,
  overlap = false,
  onHistory,
}: Run): Promise<number> {
  let done = 0
  let transcript: string[] = []
  let failed: string[] = []
  const details = await fc.check(
    fc.asyncProperty(anyHistory(steps), async history => {
      transcript = []
      try {
        await playHistory(history, place, overlap, transcript)
      } catch (error) {
        failed = transcript
        throw error
      }
      done += 1
      onHistory?.(done)
    }),
    {
      numRuns: histories,
      seed,
      ...(ms === undefined ? {} : { interruptAfterTimeLimit: ms }),
    },
  )
  if (!details.failed || details.counterexample === null) return done
  const [history] = details.counterexample
  const { errorInstance: error, seed: used, numShrinks } = details
  const reason = error instanceof Error ? error.message : error
  const shown = [reason, '', `seed ${used}, shrunk ${numShrinks} times`, describeHistory(history), '', ...failed]
  throw new Error(shown.join('\n'), { cause: error })
}

async function playHistory(history: History, place: Place, overlap: boolean, transcript: string[]): Promise<void> {
  const prefix = `h${++played}`
  const player = overlap
    ? new Overlap(history, place, prefix, transcript)
    : new Player(history, place, prefix, transcript)
  await player.play(history)
}
