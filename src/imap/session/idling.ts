import type { Octets } from '#base/bytes.ts'
import { heartbeatOf } from './profiles.ts'
import { isGone } from './refusals.ts'
import type { Session } from './session.ts'

const DOZE_AFTER_MS = 10_000

/** An IDLE that waits for DONE, and what it tells meanwhile. RFC 2177 */
export class Idling {
  readonly tag: Octets
  readonly #session: Session
  readonly #watch: { stop(): void } | null
  #telling: Promise<void> | null = null
  #again = false
  #spokeAt: number
  #lookedAt: number
  #toldAt: number

  constructor(session: Session) {
    this.#session = session
    this.tag = session.tag
    this.#spokeAt = this.#lookedAt = this.#toldAt = session.services.mail.clock.now()
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
    const { view } = this.#session
    if (view) view.dozes = false
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
    if (now - this.#spokeAt >= heartbeatOf(this.#session.profile, heartbeatMs)) {
      this.#spokeAt = now
      this.#session.write('* OK Still here\r\n')
    }
    if (now - this.#lookedAt >= pollMs) {
      this.#lookedAt = now
      this.notify()
    } else if (this.#telling === null) this.#doze(now)
  }

  /** After a while without news the mailbox's state is put away: later the longer it takes to read it again. */
  #doze(now: number): void {
    const { view, mail } = this.#session
    if (!view || !mail || view.state.resting || now - this.#toldAt < DOZE_AFTER_MS + view.exists) return
    view.dozes = true
    mail.states.rest(mail.account, view.state)
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
        if (await session.sync(true, false)) this.#toldAt = session.services.mail.clock.now()
        session.connection.flush()
      }
    } catch (error) {
      if (!isGone(error)) session.failed(error)
    }
  }
}
