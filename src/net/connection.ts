/**
 * One client's byte stream, whatever lies under it: TCP or unix socket, TLS, DEFLATE. Knows no protocol.
 *
 *   read()            what arrived, at once or as a promise; null when nothing more will come: `ended` says why. One reader at a time.
 *   write(data)       never waits; octets (latin1) or bytes, which must not be changed afterwards. Gathered until the end of the turn.
 *   drained()         undefined, or a promise to await before writing more: back-pressure. Rejects with ConnectionClosed.
 *   end(last?)        writes `last`, closes in order, and gives up on a peer that does not take it
 *   abort(why?)       closes at once
 *   signal            aborted with ConnectionClosed once nothing can be sent any more
 *   deadline(ms|null) from now on, whatever happens: read() gives null, `ended` is 'timeout', writing still works (for a BYE)
 *   holdDeadline()    → release: time between the two does not count
 *   idleLimit(ms|null) the same after ms in which a reader waited and nothing came
 *   startTls(tls, answer)  in place: sends `answer`, throws away all input of before, shakes hands
 *   startDeflate(rest)     in place: from now on both ways, `rest` being compressed octets that the caller has read already
 *   stopDeflate()          in place: what was written goes out compressed still, what arrives from now on is plain
 *
 * Nothing here is allocated for a connection before it is needed, and it has one alarm in the thread's wheel for all its timeouts.
 */
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { InflateRaw } from 'node:zlib'
import type { Octets } from '#base/bytes.ts'
import { limits } from '#base/limits.ts'
import { ConnectionClosed, type Ended } from './closed.ts'
import { type ConnectionOptions, defaultOptions } from './connection-options.ts'
import { makeInflate } from './deflate.ts'
import { passed } from './garbage.ts'
import { type Holding, held, listener } from './holding.ts'
import { Input } from './input.ts'
import { Output } from './output.ts'
import { type Timed, Timeouts } from './timeouts.ts'
import { type Secure, secureInfo, type TlsMaterial } from './tls.ts'

export { ConnectionClosed, type ConnectionOptions, defaultOptions, type Ended }

type Owned = Socket & Holding
type OwnedInflate = InflateRaw & Holding

export class Connection implements Timed {
  /** The client's, as a proxy gave it where there is one; '' for a unix socket. */
  readonly remoteAddress: string
  secure: Secure | null = null
  /** Why there is no more input; null while there may be. */
  ended: Ended | null = null

  readonly #options: ConnectionOptions
  readonly #input = new Input()
  readonly #output: Output
  readonly #timeouts: Timeouts
  #socket: Owned
  #inflate: OwnedInflate | null = null
  #listening = false
  #paused = false
  #ending = false
  #handshake: PromiseWithResolvers<void> | null = null
  #abort: AbortController | null = null
  #gone: ConnectionClosed | null = null

  constructor(socket: Socket, remoteAddress: string, options: ConnectionOptions = defaultOptions) {
    this.remoteAddress = remoteAddress
    this.#options = options
    this.#socket = socket
    this.#output = new Output(socket, this)
    this.#timeouts = new Timeouts(this, options.wheel)
    this.#adopt(socket)
    // Closed between accept and here: nobody will be told again.
    if (socket.destroyed) this.#close('closed')
  }

  read(): Uint8Array | null | Promise<Uint8Array | null> {
    if (!this.#listening) this.#listen()
    const chunk = this.#input.take()
    if (this.#paused && this.ended === null) this.#resume()
    if (chunk instanceof Promise) this.#timeouts.heard()
    return chunk
  }

  write(data: Octets | Uint8Array): void {
    if (!this.#ending && this.#gone === null) this.#output.write(data)
  }

  /** Hands what was gathered to the socket now: for a line that must not share a write with what follows. */
  flush(): void {
    if (this.#gone === null) this.#output.flush()
  }

  drained(): Promise<void> | undefined {
    return this.#gone === null ? this.#output.drained(this.#options.highWater) : Promise.reject(this.#gone)
  }

  /** Octets written that the operating system has not taken yet. */
  get backlog(): number {
    return this.#output.backlog
  }

  get taken(): number {
    return this.#output.taken
  }

  get waiting(): boolean {
    return this.#input.waiting
  }

  get compressed(): boolean {
    return this.#inflate !== null
  }

  get signal(): AbortSignal {
    this.#abort ??= new AbortController()
    if (this.#gone !== null) this.#abort.abort(this.#gone)
    return this.#abort.signal
  }

  deadline(ms: number | null): void {
    this.#timeouts.deadline = ms === null ? 0 : this.#timeouts.now() + ms
  }

  /** The deadline stands still from now until the answer is called: what we are slow at is not the peer's fault. */
  holdDeadline(): () => void {
    const { deadline } = this.#timeouts
    const left = deadline - this.#timeouts.now()
    this.#timeouts.deadline = 0
    return () => {
      if (deadline > 0 && this.#timeouts.deadline === 0) this.deadline(Math.max(0, left))
    }
  }

  idleLimit(ms: number | null): void {
    this.#timeouts.idle(ms ?? 0)
  }

  end(last: Octets | Uint8Array = ''): void {
    if (this.#ending || this.#gone !== null) return
    this.write(last)
    this.#output.flush()
    this.#ending = true
    this.#noMoreInput('aborted')
    // What still comes is read and dropped: unread octets would turn the close into a reset, and the peer would lose the last answer.
    this.#stopListening()
    this.#socket.on('data', drop)
    this.#socket.resume()
    this.#socket.end(() => this.#lingers())
  }

  /** All is sent; the peer has a moment to close its side. */
  #lingers(): void {
    if (this.#gone === null) this.deadline(limits.lingerMs)
  }

  abort(why: Ended = 'aborted', cause?: unknown): void {
    this.#close(why, cause)
  }

  /**
   * The upgrade of RFC 9051 §6.2.1. Everything received so far in clear is forgotten before `answer` is sent; whatever comes after it goes to
   * TLS and to nobody else, so nothing that was pipelined before the handshake is ever interpreted. The caller forgets what it has framed.
   * @throws {ConnectionClosed} when the handshake fails
   */
  async startTls(tls: TlsMaterial, answer: Octets): Promise<void> {
    this.#stopListening()
    this.#input.discard()
    while (this.#socket.read() !== null);
    this.write(answer)
    // TLS writes past the old socket's queue, so that must be empty first.
    await this.#output.emptied()
    await this.handshake(tls)
  }

  /** TLS from here on, for connections that begin with it; nothing may have been read. @throws {ConnectionClosed} when it fails */
  async handshake(tls: TlsMaterial): Promise<void> {
    if (this.#gone !== null) throw this.#gone
    this.#leave(this.#socket)
    const socket = new TLSSocket(this.#socket, {
      isServer: true,
      secureContext: tls.context,
      requestCert: tls.asksCertificate,
      rejectUnauthorized: false,
    })
    this.#socket = socket
    this.#adopt(socket)
    this.#output.moveTo(socket)
    this.#handshake = Promise.withResolvers<void>()
    const { deadline } = this.#timeouts
    this.#timeouts.deadline = Math.min(
      deadline || Number.POSITIVE_INFINITY,
      this.#timeouts.now() + this.#options.handshakeMs,
    )
    socket.once('secure', Connection.#onSecure)
    await this.#handshake.promise
    this.#timeouts.deadline = deadline
    this.secure = secureInfo(socket, tls.asksCertificate)
    if (this.waiting) this.#listen()
  }

  /** RFC 4978 §3: begins right after the tagged OK, which the caller has written. */
  startDeflate(rest: Uint8Array | null): void {
    this.#output.flush()
    this.#output.deflates = true
    const inflate: OwnedInflate = makeInflate()
    inflate[held] = this
    inflate.on('data', Connection.#onInflated)
    inflate.on('drain', Connection.#onInflateDrain)
    inflate.on('end', Connection.#onInflateEnd)
    inflate.on('error', Connection.#onError)
    const early = this.#input.discard()
    this.#inflate = inflate
    if (this.#paused) this.#resume()
    for (const chunk of rest === null ? early : [rest, ...early]) this.#compressed(chunk)
  }

  /**
   * RFC 8437 §4.1. The end of the peer's compression does not show in its octets: it must wait for the answer before it sends plain ones.
   */
  stopDeflate(): void {
    const inflate = this.#inflate
    if (inflate === null) return
    this.#output.flush()
    this.#output.deflates = false
    this.#inflate = null
    delete inflate[held]
    inflate.on('error', drop).destroy()
    if (this.#paused) this.#socket.pause()
    else if (this.#listening) this.#socket.resume()
  }

  /** Of the timeouts: the deadline or the limit of quiet. */
  expired(): void {
    if (this.#handshake !== null || this.#ending) this.#close('timeout')
    else this.#noMoreInput('timeout')
  }

  /** Of the timeouts: the peer takes nothing. */
  stalled(): void {
    this.#close('stalled')
  }

  /** Of the output: the socket did not take everything. */
  held(): void {
    this.#timeouts.expectTaking(this.#options.stallMs)
  }

  #adopt(socket: Owned): void {
    socket[held] = this
    socket.on('error', Connection.#onError)
    socket.on('close', Connection.#onClose)
    socket.on('drain', Connection.#onDrain)
  }

  /** The socket below TLS keeps only its 'error' listener, which then finds no connection. */
  #leave(socket: Owned): void {
    delete socket[held]
    socket.off('close', Connection.#onClose)
    socket.off('drain', Connection.#onDrain)
  }

  #listen(): void {
    if (this.#handshake !== null || this.#ending || this.#gone !== null) return
    this.#listening = true
    this.#socket.on('data', Connection.#onData)
    this.#socket.on('end', Connection.#onEnd)
    this.#socket.resume()
  }

  #stopListening(): void {
    this.#listening = false
    this.#paused = false
    this.#socket.off('data', Connection.#onData)
    this.#socket.off('end', Connection.#onEnd)
    this.#socket.pause()
  }

  #arrived(chunk: Uint8Array): void {
    this.#timeouts.heard()
    passed(chunk.length)
    this.#input.push(chunk)
    if (this.#paused || this.#input.octets < limits.inputHighWater) return
    this.#paused = true
    const source = this.#inflate ?? this.#socket
    source.pause()
  }

  #compressed(chunk: Uint8Array): void {
    if (this.#inflate!.writable && !this.#inflate!.write(chunk)) this.#socket.pause()
  }

  #resume(): void {
    this.#paused = false
    this.#inflate?.resume()
    if (!this.#inflate?.writableNeedDrain) this.#socket.resume()
  }

  #noMoreInput(why: Ended): void {
    if (this.ended !== null) return
    this.ended = why
    if (why !== 'closed') this.#input.discard()
    this.#input.finish()
  }

  #close(why: Ended, cause?: unknown): void {
    if (this.#gone !== null) return
    this.#gone = new ConnectionClosed(why, cause === undefined ? {} : { cause })
    this.#noMoreInput(why)
    this.#timeouts.stop()
    this.#output.close(this.#gone)
    this.#inflate?.destroy()
    this.#socket.destroy()
    this.#handshake?.reject(this.#gone)
    this.#handshake = null
    this.#abort?.abort(this.#gone)
    this.#options.owner?.gone(this)
  }

  // For the streams of all connections.
  static readonly #onData = listener<Buffer>((connection, chunk) => {
    if (connection.#inflate === null) connection.#arrived(chunk)
    else connection.#compressed(chunk)
  })
  static readonly #onEnd = listener(connection => {
    if (connection.#inflate === null || connection.#inflate.readableEnded) connection.#noMoreInput('closed')
    else connection.#inflate.end()
  })
  static readonly #onError = listener<Error>((connection, error) => connection.#close('fault', error))
  static readonly #onClose = listener(connection => connection.#close('closed'))
  static readonly #onDrain = listener(connection => connection.#output.drain())
  static readonly #onSecure = listener(connection => {
    connection.#handshake?.resolve()
    connection.#handshake = null
  })
  static readonly #onInflated = listener<Buffer>((connection, chunk) => connection.#arrived(chunk))
  static readonly #onInflateDrain = listener(connection => connection.#socket.resume())
  /** A peer may end its compressed stream and go on after UNAUTHENTICATE. */
  static readonly #onInflateEnd = listener(connection => {
    if (connection.#socket.readableEnded) connection.#noMoreInput('closed')
  })
}

function drop(): void {}
