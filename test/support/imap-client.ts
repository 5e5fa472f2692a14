/**
 * A small scripted IMAP client: it sends what a test writes and hands back what came, octet for octet. It interprets nothing but
 * line ends, literals, tags and continuations, so that a test can say anything, wrong things too.
 */
import { once } from 'node:events'
import { connect as connectTcp, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { constants, createDeflateRaw, createInflateRaw } from 'node:zlib'
import { type Reply, ReplyReader } from './imap-replies.ts'

export type { Reply } from './imap-replies.ts'

/** How one command ended, with all untagged replies that came since the one before it ended. */
export type Outcome = {
  readonly status: string
  /** What follows the status, response code included. */
  readonly text: string
  readonly untagged: readonly Reply[]
}

/** A piece of a command: text as it stands (latin1), or a buffer, which goes as a literal. */
export type Piece = string | Uint8Array

export type ConnectOptions = {
  readonly port: number
  readonly host?: string
  /** TLS from the first octet; the certificate is not checked unless `ca` is given. */
  readonly tls?: boolean
  readonly ca?: string
  /** `plus` sends literals without waiting (RFC 7888), `sync` waits for the continuation. Default plus. */
  readonly literals?: 'plus' | 'sync'
  /** Bound of every wait for the server. Default 20 s. */
  readonly waitMs?: number
  /** Sees every reply, in order. */
  readonly onReply?: (reply: Reply) => void
}

type Waiter = { readonly matches: (reply: Reply) => boolean; readonly take: (reply: Reply) => void }

export class ImapClient implements AsyncDisposable {
  readonly #options: ConnectOptions
  readonly #waitMs: number
  #socket: Socket
  #stream: Duplex
  #reader = new ReplyReader()
  #plainAgain = () => {}
  #tags = 0
  /** Untagged replies that nobody has taken yet. */
  #heard: Reply[] = []
  #waiters: Waiter[] = []
  #closed: Error | undefined
  #onClose: ((error: Error) => void)[] = []
  /** Commands with literals that wait must not mix with others on the wire. */
  #writing: Promise<unknown> = Promise.resolve()

  private constructor(socket: Socket, options: ConnectOptions) {
    this.#options = options
    this.#waitMs = options.waitMs ?? 20_000
    this.#socket = socket
    this.#stream = socket
    this.#attach(socket)
  }

  /** Connects and takes the greeting. */
  static async connect(options: ConnectOptions): Promise<ImapClient> {
    const host = options.host ?? '127.0.0.1'
    const socket = options.tls
      ? connectTls({ port: options.port, host, ...trust(options) })
      : connectTcp({ port: options.port, host })
    await once(socket, options.tls ? 'secureConnect' : 'connect')
    socket.setNoDelay(true)
    const client = new ImapClient(socket, options)
    client.greeting = (await client.next(/^\* /)).text
    return client
  }

  /** Connects and logs in. */
  static async login(options: ConnectOptions & { user: string; password: string }): Promise<ImapClient> {
    const client = await ImapClient.connect(options)
    await client.ok(`LOGIN ${quoted(options.user)} ${quoted(options.password)}`)
    return client
  }

  greeting = ''

  /** The TLS socket, for asking about the channel; undefined in clear. */
  get secure(): TLSSocket | undefined {
    return 'getPeerCertificate' in this.#socket ? (this.#socket as TLSSocket) : undefined
  }

  /** Writes octets as they are. */
  write(octets: string | Uint8Array): void {
    this.#stream.write(typeof octets === 'string' ? Buffer.from(octets, 'latin1') : octets)
  }

  /** Sends one command under a tag of its own. Called again before the outcome, commands are pipelined. */
  async command(...pieces: readonly Piece[]): Promise<Outcome> {
    const tag = `t${++this.#tags}`
    const done = this.#await(reply => reply.text.startsWith(`${tag} `))
    const refused = done.then(() => undefined)
    refused.catch(() => {})
    const sent = this.#writing.then(() => this.#sendPieces([`${tag} `, ...pieces, '\r\n'], refused))
    this.#writing = sent.catch(() => {})
    await sent
    const reply = await done
    const [, status = '', text = ''] = /^\S+ (\S+) ?(.*)$/s.exec(reply.text) ?? []
    return { status, text, untagged: reply.before ?? [] }
  }

  /** As `command`, but anything other than OK throws. */
  async ok(...pieces: readonly Piece[]): Promise<Outcome> {
    const outcome = await this.command(...pieces)
    if (outcome.status !== 'OK') {
      const shown = pieces.map(piece => (typeof piece === 'string' ? piece : `{${piece.length}}`)).join('')
      throw new Error(`${shown.slice(0, 200)} was answered ${outcome.status} ${outcome.text}`)
    }
    return outcome
  }

  /** Takes the next reply without our tag that matches, or the one already waiting; rejects after the bound. */
  next(pattern: RegExp, waitMs = this.#waitMs): Promise<Reply> {
    const index = this.#heard.findIndex(reply => pattern.test(reply.text))
    if (index >= 0) return Promise.resolve(this.#heard.splice(index, 1)[0]!)
    return this.#await(reply => pattern.test(reply.text), waitMs, String(pattern))
  }

  /** Untagged replies nobody took, and forgets them. */
  drain(): Reply[] {
    return this.#heard.splice(0)
  }

  /** Sends IDLE and resolves with its end once the server idles; `next` takes what it says meanwhile. RFC 2177 */
  async idle(): Promise<() => Promise<Outcome>> {
    const outcome = this.ok('IDLE')
    await Promise.race([this.next(/^\+/), outcome])
    return () => {
      this.write('DONE\r\n')
      return outcome
    }
  }

  async startTls(): Promise<void> {
    await this.ok('STARTTLS')
    await this.handshake()
  }

  /** TLS on this connection, STARTTLS having been answered. */
  async handshake(): Promise<void> {
    this.#socket.removeAllListeners()
    const secure = connectTls({ socket: this.#socket, ...trust(this.#options) })
    await once(secure, 'secureConnect')
    this.#socket = secure
    this.#stream = secure
    this.#attach(secure)
  }

  /** RFC 4978: raw deflate in both directions, flushed at every write. */
  async compress(): Promise<void> {
    await this.ok('COMPRESS DEFLATE')
    const inflate = createInflateRaw()
    const deflate = createDeflateRaw({ flush: constants.Z_SYNC_FLUSH })
    const socket = this.#socket
    this.#plainAgain = () => {
      deflate.unpipe(socket)
      socket.removeAllListeners('data').on('data', (chunk: Buffer) => this.#take(chunk))
      this.#stream = socket
    }
    this.#socket.removeAllListeners('data').removeAllListeners('close')
    this.#socket.on('data', chunk => inflate.write(chunk)).on('close', () => inflate.end())
    deflate.pipe(this.#socket)
    inflate.on('data', (chunk: Buffer) => this.#take(chunk))
    // What came before the end of the connection is still to be inflated when it ends.
    inflate.on('end', () => this.#close(new Error('connection closed')))
    inflate.on('error', error => this.#close(error))
    this.#stream = deflate
  }

  /** Both ways are plain from now on, as after UNAUTHENTICATE. RFC 8437 §4.1 */
  uncompress(): void {
    this.#plainAgain()
  }

  async logout(): Promise<void> {
    await this.ok('LOGOUT')
    await this[Symbol.asyncDispose]()
  }

  /** Cuts the connection without a word. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.destroy()
    this.#close(new Error('closed by the test'))
  }

  /** Resolves when the server has closed the connection. */
  async closed(waitMs = this.#waitMs): Promise<void> {
    if (this.#closed) return
    await bounded(new Promise<void>(resolve => this.#onClose.push(() => resolve())), waitMs, 'the server to close')
  }

  #attach(socket: Socket): void {
    socket.on('data', (chunk: Buffer) => this.#take(chunk))
    socket.on('error', error => this.#close(error))
    socket.on('close', () => this.#close(new Error('connection closed')))
  }

  #take(chunk: Buffer): void {
    for (const reply of this.#reader.push(chunk)) {
      this.#options.onReply?.(reply)
      const index = this.#waiters.findIndex(waiter => waiter.matches(reply))
      if (index < 0) {
        this.#heard.push(reply)
        continue
      }
      const tagged = !/^[*+]/.test(reply.text)
      this.#waiters.splice(index, 1)[0]!.take(tagged ? { ...reply, before: this.#heard.splice(0) } : reply)
    }
  }

  #await(matches: (reply: Reply) => boolean, waitMs = this.#waitMs, what = 'a reply'): Promise<Reply> {
    if (this.#closed) return Promise.reject(this.#closed)
    let waiter: Waiter
    const reply = new Promise<Reply>((resolve, reject) => {
      waiter = { matches, take: resolve }
      this.#waiters.push(waiter)
      this.#onClose.push(reject)
    })
    return bounded(reply, waitMs, what, () => {
      this.#waiters = this.#waiters.filter(other => other !== waiter)
    })
  }

  async #sendPieces(pieces: readonly Piece[], refused: Promise<undefined>): Promise<void> {
    for (const piece of pieces) {
      if (typeof piece === 'string') {
        this.write(piece)
      } else if (this.#options.literals === 'sync') {
        this.write(`{${piece.length}}\r\n`)
        // A tagged answer in place of the continuation: the literal was refused and must not be sent. RFC 9051 §4.3
        if ((await Promise.race([this.next(/^\+/), refused])) === undefined) return
        this.write(piece)
      } else {
        this.write(`{${piece.length}+}\r\n`)
        this.write(piece)
      }
    }
  }

  #close(error: Error): void {
    if (this.#closed) return
    this.#closed = error
    for (const tell of this.#onClose.splice(0)) tell(error)
  }
}

export const quoted = (text: string): string => `"${text.replaceAll(/["\\]/g, '\\$&')}"`

const trust = (options: ConnectOptions) =>
  options.ca ? { ca: options.ca, servername: 'localhost' } : { rejectUnauthorized: false }

function bounded<Value>(value: Promise<Value>, waitMs: number, what: string, onTimeout = () => {}): Promise<Value> {
  let timer: NodeJS.Timeout
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      onTimeout()
      reject(new Error(`waited ${waitMs} ms for ${what}`))
    }, waitMs)
  })
  return Promise.race([value, late]).finally(() => clearTimeout(timer))
}
