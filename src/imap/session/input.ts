import type { Octets } from '#base/bytes.ts'
import type { Connection } from '#net/connection.ts'
import { type FrameEvent, Framer, type FramerLimits } from '../wire/framer.ts'

/** What the client says: the connection's octets, cut by the framer, read no faster than they are asked for. */
export class Input {
  readonly framer: Framer
  /** True while nothing is done but to wait for the client. */
  waiting = false
  readonly #connection: Connection

  constructor(connection: Connection, limits: FramerLimits) {
    this.#connection = connection
    this.framer = new Framer(limits)
  }

  /** The next event of the framer; null when the client is gone. */
  async nextEvent(): Promise<FrameEvent | null> {
    for (;;) {
      const event = this.framer.next()
      if (event) return event
      if (!this.took(await this.wait())) return null
    }
  }

  /** The next line as it is, for exchanges inside a command; null when the client is gone. RFC 9051 §6.2.2 */
  async nextLine(): Promise<Octets | null> {
    for (;;) {
      const line = this.framer.nextLine()
      if (line !== null) return line
      if (!this.took(await this.wait())) return null
    }
  }

  /** Begins to wait for more; what comes is for `took`. Two steps, so that an idle session waits in one function alone. */
  wait(): Uint8Array | null | Promise<Uint8Array | null> {
    this.#connection.flush()
    this.waiting = true
    return this.#connection.read()
  }

  /** Hands the framer what came; false when the client is gone. */
  took(chunk: Uint8Array | null): boolean {
    this.waiting = false
    if (chunk === null) return false
    this.framer.push(chunk)
    return true
  }
}
