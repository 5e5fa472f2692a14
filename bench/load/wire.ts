/**
 * A connection of the load generator: octets out as they are, and in, only the end of the last line looked at until an answer is
 * complete. What came is kept whole and checked when the clock has stopped.
 */
import { once } from 'node:events'
import { connect as connectTcp, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { constants, createDeflateRaw, createInflateRaw } from 'node:zlib'

export type WireOptions = {
  readonly port: number
  readonly tls?: boolean
  /** A TLS session to resume. */
  readonly session?: Buffer
}

type Wait = {
  readonly mark: Buffer
  readonly resolve: (octets: Buffer[]) => void
  readonly reject: (error: Error) => void
}

/** All plain sockets read into this one: a callback is over before the next read. */
const readInto = Buffer.allocUnsafeSlow(256 * 1024)
const boundMs = 120_000
const closed = () => new Error('the server closed the connection')

export class Wire {
  readonly #socket: Socket
  #out: Duplex
  #inflate: Duplex | undefined
  #wait: Wait | undefined
  #chunks: Buffer[] = []
  #closed: Error | undefined
  /** The newest TLS session of this process's connections that the server offered. */
  offered: Buffer | undefined

  private constructor(options: WireOptions) {
    const { port } = options
    const host = '127.0.0.1'
    if (options.tls) {
      const resume = options.session ? { session: options.session } : {}
      const socket = connectTls({ port, host, rejectUnauthorized: false, ...resume })
      socket.on('data', (chunk: Buffer) => this.#take(chunk))
      socket.on('session', (session: Buffer) => {
        this.offered = session
      })
      this.#socket = socket
    } else {
      const callback = (length: number, buffer: Uint8Array) => {
        this.#take(Buffer.from(buffer.subarray(0, length)))
        return true
      }
      this.#socket = connectTcp({ port, host, onread: { buffer: readInto, callback } })
    }
    this.#out = this.#socket
    this.#socket.setNoDelay(true)
    this.#socket.on('error', error => this.#close(error))
    this.#socket.on('close', () => {
      // What came before is still to be inflated.
      if (this.#inflate) this.#inflate.end()
      else this.#close(closed())
    })
    // Never more than one timer a connection, and that without a callback in JavaScript while all goes well.
    this.#socket.setTimeout(boundMs, () => {
      if (this.#wait) this.#socket.destroy(new Error(`no answer for ${boundMs} ms`))
    })
  }

  /** Resolves when connected; TLS: when the handshake is done. */
  static async open(options: WireOptions): Promise<Wire> {
    const wire = new Wire(options)
    if (!wire.#closed) await once(wire.#socket, options.tls ? 'secureConnect' : 'connect')
    return wire
  }

  get resumed(): boolean {
    return 'isSessionReused' in this.#socket && (this.#socket as TLSSocket).isSessionReused()
  }

  write(octets: string | Buffer): void {
    if (typeof octets === 'string') this.#out.write(octets, 'latin1')
    else this.#out.write(octets)
  }

  /** All that came until a line that begins with `mark` was the last, that line included. One wait at a time. */
  until(mark: Buffer): Promise<Buffer[]> {
    if (this.#closed) return Promise.reject(this.#closed)
    return new Promise((resolve, reject) => {
      this.#wait = { mark, resolve, reject }
      if (this.#chunks.length > 0) this.#look()
    })
  }

  /** RFC 4978, from now on in both directions. */
  compress(): void {
    const inflate = createInflateRaw({ chunkSize: 256 * 1024 })
    const deflate = createDeflateRaw({ flush: constants.Z_SYNC_FLUSH })
    deflate.pipe(this.#socket)
    inflate.on('data', (chunk: Buffer) => this.#takePlain(chunk))
    inflate.on('error', error => this.#close(error))
    inflate.on('end', () => this.#close(closed()))
    this.#inflate = inflate
    this.#out = deflate
  }

  destroy(): void {
    this.#socket.destroy()
  }

  #take(chunk: Buffer): void {
    if (this.#inflate) this.#inflate.write(chunk)
    else this.#takePlain(chunk)
  }

  #takePlain(chunk: Buffer): void {
    this.#chunks.push(chunk)
    if (this.#wait) this.#look()
  }

  #look(): void {
    if (!endsWithLine(this.#chunks, this.#wait!.mark)) return
    const { resolve } = this.#wait!
    this.#wait = undefined
    const octets = this.#chunks
    this.#chunks = []
    resolve(octets)
  }

  #close(error: Error): void {
    this.#closed ??= error
    const wait = this.#wait
    this.#wait = undefined
    wait?.reject(this.#closed)
  }
}

/** Whether the last line is complete and begins with `mark`. Looks at the last chunk, and at those before only when it holds no whole line. */
export function endsWithLine(chunks: readonly Buffer[], mark: Buffer): boolean {
  let last = chunks.at(-1)!
  if (last[last.length - 1] !== 10) return false
  for (let at = chunks.length - 2; ; at--) {
    const from = last.length < 2 ? -1 : last.lastIndexOf(10, last.length - 2)
    if (from >= 0 || at < 0) {
      return (
        last.length > from + mark.length && last.compare(mark, 0, mark.length, from + 1, from + 1 + mark.length) === 0
      )
    }
    last = Buffer.concat([chunks[at]!, last])
  }
}
