/**
 * A port or unix socket that clients come in by.
 *
 *   listen(options) → Promise<Listener>     `accept` is called for each connection that is ready: after its PROXY header and, with `tls`, its handshake
 *   listener.address                        { host, port } with the real port, or { path }
 *   listener.connections                    those that are open, in insertion order
 *   await listener.stop()                   no new ones; those that are open live on
 */
import { chmod, unlink } from 'node:fs/promises'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { type Log, silentLog } from '#base/log.ts'
import { Connection, type ConnectionOptions, defaultOptions } from './connection.ts'
import { readProxyHeader } from './proxy.ts'
import type { TlsMaterial } from './tls.ts'

export type Place = { readonly host: string; readonly port: number } | { readonly path: string; readonly mode?: number }

export type ListenOptions = {
  readonly at: Place
  readonly accept: (connection: Connection) => void
  /** TLS from the first octet. Asked for each connection, so that a reload reaches new ones. */
  readonly tls?: (() => TlsMaterial) | undefined
  /** Addresses whose connections must begin with a PROXY header. Others are clients themselves. */
  readonly proxies?: ((address: string) => boolean) | undefined
  readonly connection?: Partial<Omit<ConnectionOptions, 'owner'>> | undefined
  readonly log?: Log | undefined
}

const BACKLOG = 1024
/** Finds peers that vanished without a word, long before the idle limit does. */
const KEEP_ALIVE_MS = 5 * 60_000

export async function listen(options: ListenOptions): Promise<Listener> {
  const listener = new Listener(options)
  await listener.open()
  return listener
}

export class Listener {
  readonly #options: ListenOptions
  readonly #connectionOptions: ConnectionOptions
  readonly #server: Server
  readonly #open = new Set<Connection>()

  constructor(options: ListenOptions) {
    this.#options = options
    this.#connectionOptions = { ...defaultOptions, ...options.connection, owner: this }
    this.#server = createServer(
      // A client may close its side after the last command and still wants the answers.
      { allowHalfOpen: true, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS },
      socket => void this.#accept(socket),
    )
  }

  get address(): Place {
    const address = this.#server.address()
    if (address === null) return this.#options.at
    return typeof address === 'string' ? { path: address } : { host: address.address, port: address.port }
  }

  get connections(): ReadonlySet<Connection> {
    return this.#open
  }

  /** @throws {Error} of the system, such as EADDRINUSE and EACCES */
  async open(): Promise<void> {
    const { at } = this.#options
    if (!('path' in at)) return this.#listen({ host: at.host, port: at.port, reusePort: true, backlog: BACKLOG })
    try {
      await this.#listen({ path: at.path, backlog: BACKLOG })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || (await answers(at.path))) throw error
      // Left behind by a process that was killed.
      await unlink(at.path)
      await this.#listen({ path: at.path, backlog: BACKLOG })
    }
    if (at.mode !== undefined) await chmod(at.path, at.mode)
  }

  /** Of the connections. */
  gone(connection: Connection): void {
    this.#open.delete(connection)
  }

  async stop(): Promise<void> {
    // close() waits for the connections too; only its first half is wanted.
    this.#server.close()
    await new Promise<void>(resolve => setImmediate(resolve))
  }

  #listen(where: Parameters<Server['listen']>[0]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(where as object, () => {
        this.#server.off('error', reject)
        // accept() failed, for want of descriptors perhaps: those that are open go on.
        this.#server.on('error', error => this.#log.error('session.fault', { error }))
        resolve()
      })
    })
  }

  get #log(): Log {
    return this.#options.log ?? silentLog
  }

  async #accept(socket: Socket): Promise<void> {
    const { proxies, tls, accept } = this.#options
    const peer = plainAddress(socket.remoteAddress ?? '')
    const address = proxies?.(peer) === true ? await this.#proxied(socket, peer) : peer
    if (address === null) return
    const connection = new Connection(socket, address, this.#connectionOptions)
    if (socket.destroyed) return
    this.#open.add(connection)
    if (tls !== undefined) {
      try {
        await connection.handshake(tls())
      } catch (error) {
        connection.abort()
        this.#log.debug('tls.error', { address, error: (error as Error).message, cause: reasonOf(error) })
        return
      }
    }
    accept(connection)
  }

  async #proxied(socket: Socket, peer: string): Promise<string | null> {
    socket.on('error', ignore)
    try {
      const { source } = await readProxyHeader(socket, this.#connectionOptions.handshakeMs)
      return source?.address ?? peer
    } catch (error) {
      socket.destroy()
      this.#log.warn('session.fault', { address: peer, error: (error as Error).message })
      return null
    } finally {
      socket.off('error', ignore)
    }
  }
}

function ignore(): void {}

const reasonOf = (error: unknown): unknown => {
  const { cause } = error as Error
  return cause instanceof Error ? ((cause as NodeJS.ErrnoException).code ?? cause.message) : undefined
}

/** IPv4 clients of a dual-stack socket are IPv4 clients. */
const plainAddress = (address: string): string => address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '')

function answers(path: string): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
