import { nextTurn } from '#base/turns.ts'
import type { Connection } from '#net/connection.ts'
import { Loop } from './session/loop.ts'
import type { ImapServices } from './session/services.ts'
import { Session } from './session/session.ts'
import { TimeSlice } from './session/time-slice.ts'

/** All IMAP sessions of one thread. */
export class ImapServer {
  readonly #services: ImapServices
  readonly #sessions = new Set<Session>()
  readonly #beat: NodeJS.Timeout
  #draining = false
  #next = 1
  #tending: Promise<void> | null = null
  #revoking: Promise<void> | null = null
  /** Of when the sessions' users were last looked at. */
  #usersVersion: string | undefined
  #beatsSkipped = 0

  constructor(services: ImapServices) {
    this.#services = services
    // One timer for all: an idle session has none of its own.
    this.#beat = setInterval(() => this.#tend(), TEND_MS)
    this.#beat.unref()
  }

  get sessions(): number {
    return this.#sessions.size
  }

  /** Greets the client, or refuses it; from then on its loop serves it until it leaves. */
  async accept(connection: Connection): Promise<void> {
    const { admission, log } = this.#services
    const address = connection.remoteAddress
    const { refused } = await admission.open(address)
    if (refused !== null || this.#draining) {
      connection.end(
        `* BYE [${refused === null ? 'UNAVAILABLE' : 'LIMIT'}] ${refused ?? 'The server is going down'}\r\n`,
      )
      if (refused === null) admission.close(address)
      return
    }
    const session = new Session(this.#services, connection, this.#next++)
    this.#sessions.add(session)
    log.debug('session.open', { session: session.id, address })
    void new Loop(session, this).run()
  }

  /** Of the loop: the session is over. */
  gone(session: Session): void {
    const { connection, id } = session
    const address = connection.remoteAddress
    this.#sessions.delete(session)
    this.#services.log.debug('session.close', { session: id, address, ended: connection.ended })
    this.#services.admission.close(address)
  }

  /** Says BYE to everyone at this rate; resolves when the last one is gone or after `timeoutMs`. */
  async drain(sessionsPerSecond: number, timeoutMs: number): Promise<void> {
    this.#draining = true
    const until = Date.now() + timeoutMs
    for (const session of [...this.#sessions]) {
      if (Date.now() >= until) break
      session.retire('The server is going down; come back', 'UNAVAILABLE')
      await new Promise(resolve => setTimeout(resolve, 1000 / sessionsPerSecond))
    }
    for (const session of this.#sessions) session.retire('The server is going down', 'UNAVAILABLE')
    // Commands that run finish first; whoever does not read is cut off.
    while (this.#sessions.size > 0 && Date.now() < until + GRACE_MS)
      await new Promise(resolve => setTimeout(resolve, 20))
    for (const session of this.#sessions) session.connection.abort()
    clearInterval(this.#beat)
  }

  /** Ends the sessions of a login at once: its account was disabled or removed. */
  end(login: string, text: string): void {
    for (const session of this.#sessions) {
      if (session.phase.phase !== 'anonymous' && session.phase.login === login) session.retire(text)
    }
  }

  #tend(): void {
    this.#tending ??= this.#tendAll().finally(() => {
      this.#tending = null
    })
    this.#revoking ??= this.#endRevoked().finally(() => {
      this.#revoking = null
    })
  }

  /** Few in each turn of the loop: after a storm thousands are due at the same moment, and what they look at comes after this. */
  async #tendAll(): Promise<void> {
    const now = Date.now()
    let tended = 0
    for (const session of this.#sessions) {
      if (!session.idling) continue
      session.idling.tend(now)
      if (++tended % TENDED_AT_ONCE === 0) await nextTurn()
    }
  }

  /** Ends sessions of users who were removed or disabled since they logged in, by whatever process. */
  async #endRevoked(): Promise<void> {
    const { users } = this.#services
    const version = users.version?.()
    // Now and then all the same: who was disabled in the moment of logging in was no session yet when the version changed.
    if (version !== undefined && version === this.#usersVersion && ++this.#beatsSkipped < BEATS_SKIPPED) return
    this.#usersVersion = version
    this.#beatsSkipped = 0
    const slice = new TimeSlice(8)
    const logins = new Set<string>()
    for (const { phase } of this.#sessions) if (phase.phase !== 'anonymous') logins.add(phase.login)
    for (const login of logins) {
      const user = await users.find(login)
      if (!user || user.disabled) this.end(login, 'This account is closed')
      await slice.rest()
    }
  }
}

const TEND_MS = 5_000
const TENDED_AT_ONCE = 16
const BEATS_SKIPPED = 12
const GRACE_MS = 2_000
