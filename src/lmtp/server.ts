import { limits } from '#base/limits.ts'
import type { Connection } from '#net/connection.ts'
import { type Listener, listen, type Place } from '#net/listener.ts'
import { Reply } from './replies.ts'
import type { LmtpListener, LmtpServices } from './services.ts'
import { LmtpSession } from './session.ts'

/** Owner and group: the mail server that delivers runs as another user of the same group. */
const SOCKET_MODE = 0o660

/**
 * LMTP on ports, which session threads share, and on unix sockets, which one thread has for itself.
 *
 *   drain(ms)   accepts no more; idle sessions are told 421, others when their message is answered, and all are cut after `ms`
 *   close()     cuts all now
 */
export class LmtpServer {
  readonly #services: LmtpServices
  readonly #listeners: Listener[] = []
  readonly #sessions = new Map<LmtpSession, { readonly connection: Connection; readonly ended: Promise<void> }>()
  #sessionCount = 0

  constructor(services: LmtpServices) {
    this.#services = services
  }

  /** In the order of the listeners. */
  get addresses(): readonly Place[] {
    return this.#listeners.map(({ address }) => address)
  }

  get sessions(): number {
    return this.#sessions.size
  }

  async listen(listener: LmtpListener): Promise<void> {
    const at =
      listener.kind === 'unix'
        ? { path: listener.path, mode: SOCKET_MODE }
        : { host: listener.host, port: listener.port }
    const accept = (connection: Connection): void => this.#accept(connection)
    this.#listeners.push(await listen({ at, accept, log: this.#services.log }))
  }

  async drain(ms: number): Promise<void> {
    await Promise.all(this.#listeners.map(each => each.stop()))
    for (const session of this.#sessions.keys()) session.leave()
    const timer = setTimeout(() => this.#abort(), ms)
    await Promise.all([...this.#sessions.values()].map(({ ended }) => ended))
    clearTimeout(timer)
  }

  async close(): Promise<void> {
    await Promise.all(this.#listeners.map(each => each.stop()))
    const ended = [...this.#sessions.values()].map(each => each.ended)
    this.#abort()
    await Promise.all(ended)
  }

  #accept(connection: Connection): void {
    if (this.#sessions.size >= limits.lmtpConnections) {
      connection.end(new Reply(421, '4.3.2', `At most ${limits.lmtpConnections} connections at a time`).toString())
      return
    }
    const session = new LmtpSession(this.#services, connection, ++this.#sessionCount)
    const ended = session.run().then(() => void this.#sessions.delete(session))
    this.#sessions.set(session, { connection, ended })
  }

  #abort(): void {
    for (const { connection } of this.#sessions.values()) connection.abort()
  }
}

export type Lmtp = Pick<LmtpServer, 'addresses' | 'sessions' | 'drain' | 'close'>

/** Listens at all places or at none. */
export async function startLmtp(services: LmtpServices, listeners: readonly LmtpListener[]): Promise<Lmtp> {
  const server = new LmtpServer(services)
  try {
    for (const listener of listeners) await server.listen(listener)
    return server
  } catch (error) {
    await server.close()
    throw error
  }
}
