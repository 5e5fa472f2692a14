/** Waiting for what another process will do: looks again and again until it holds or the time is up. */
import { setTimeout as pause } from 'node:timers/promises'

/** The first truthy result of `look`; rejects with `what` and the last error after `boundMs`. */
export async function eventually<Seen>(
  what: string,
  look: () => Promise<Seen | undefined | false> | Seen | undefined | false,
  boundMs = 10_000,
): Promise<Seen> {
  const until = performance.now() + boundMs
  let cause: unknown
  do {
    try {
      const seen = await look()
      if (seen) return seen
      cause = undefined
    } catch (error) {
      cause = error
    }
    await pause(25)
  } while (performance.now() < until)
  throw new Error(`waited ${boundMs} ms for ${what}`, { cause })
}
