import type { Octets } from '#base/bytes.ts'
import { isGone } from './refusals.ts'
import type { Session } from './session.ts'

/** An IDLE that waits for DONE, and what it tells meanwhile. RFC 2177 */
export class Idling {
  readonly tag: Octets
  readonly #session: Session
  readonly #watch: { stop(): void } | null
  #telling: Promise<void> | null = null
  #again = false
  #spokeAt: number
  #lookedAt: number

  constructor(session: Session) {
    this.#session = session
    this.tag = session.tag
    this.#spokeAt = this.#lookedAt = session.services.mail.clock.now()
    // Only who idles listens for hints; everybody else looks at each command.
    this.#watch =
      session.mail &&
      session.services.mail.bus.watch(session.mail.account, ({ mailbox }) => {
        const id = session.view?.state.id
        if (id !== undefined && (mailbox === null || mailbox === id)) this.notify()
      })
  }

  /** Resolves when what was being told is told. */
  async stop(): Promise<void> {
    this.#watch?.stop()
    await this.#telling
  }

  /** Tells what changed. One look at a time; a hint that comes meanwhile causes one more. */
  notify(): void {
    if (!this.#active) return
    this.#again = true
    this.#telling ??= this.#tell().finally(() => {
      this.#telling = null
    })
  }

  /** Called now and then: the client hears that we are there, and its mailbox is looked at in case a hint was lost. */
  tend(now: number): void {
    const { heartbeatMs, pollMs } = this.#session.services.settings
    if (now - this.#spokeAt >= heartbeatMs) {
      this.#spokeAt = now
      this.#session.write('* OK Still here\r\n')
    }
    if (now - this.#lookedAt >= pollMs) {
      this.#lookedAt = now
      this.notify()
    }
  }

  /** False once DONE has come, or when the session does something else than wait. */
  get #active(): boolean {
    const { idling, input, closing } = this.#session
    return idling === this && input.waiting && !closing
  }

  async #tell(): Promise<void> {
    const session = this.#session
    try {
      while (this.#again && session.idling === this) {
        this.#again = false
        // A client that idles and does not read is told when it reads again.
        await session.drained()
        await session.sync(true, false)
        session.connection.flush()
      }
    } catch (error) {
      if (!isGone(error)) session.failed(error)
    }
  }
}
