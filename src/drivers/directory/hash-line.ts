/**
 * Who waits for a slow hash. A few are made at once, since each takes its memory and one of the few threads that also read files; turns go
 * round the networks that wait, so that whoever asks much from one place delays himself and not those who come back from all others.
 */
import { StoreFault } from '#base/errors.ts'
import { limits } from '#base/limits.ts'
import type { Asker } from '#ports/users.ts'

/** Clients take it as "try later". */
export class TurnedAway extends StoreFault {
  constructor(why: string) {
    super('unavailable', why)
  }
}

type Waiting = {
  readonly asker: Asker | undefined
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

export class HashLine {
  readonly #atOnce: number
  readonly #longest: number
  /** By network; the first in the map has the next turn. */
  readonly #waiting = new Map<string, Waiting[]>()
  #length = 0
  #running = 0

  constructor(atOnce: number, longest: number = limits.loginsInLine) {
    this.#atOnce = atOnce
    this.#longest = longest
  }

  /** @throws {TurnedAway} when the line is too long, or when the asker left it */
  async inTurn<Result>(asker: Asker | undefined, work: () => Promise<Result>): Promise<Result> {
    if (this.#running < this.#atOnce) this.#running++
    else await this.#wait(asker)
    try {
      return await work()
    } finally {
      this.#handOn()
    }
  }

  #wait(asker: Asker | undefined): Promise<void> {
    if (this.#length >= this.#longest) throw new TurnedAway('too many logins at once')
    this.#length++
    return new Promise((resolve, reject) => {
      const network = asker?.network ?? ''
      const line = this.#waiting.get(network)
      const waiting = { asker, resolve, reject }
      if (line === undefined) this.#waiting.set(network, [waiting])
      else line.push(waiting)
    })
  }

  /** The turn is handed on, so that nobody who comes between can take it. */
  #handOn(): void {
    for (const [network, line] of this.#waiting) {
      const { asker, resolve, reject } = line.shift()!
      this.#length--
      // Its next turn comes after everybody else's.
      this.#waiting.delete(network)
      if (line.length > 0) this.#waiting.set(network, line)
      if (asker?.hasLeft) {
        reject(new TurnedAway('the client did not wait'))
        continue
      }
      resolve()
      return
    }
    this.#running--
  }
}
