/** A client that says any octets, reads as much as it likes, and keeps only the end of what it read. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { eventually } from '#test/eventually.ts'

const KEPT = 64 * 1024

export class RawClient implements AsyncDisposable {
  readonly socket: Socket
  /** The end of what came, latin1. */
  heard = ''
  octets = 0
  closed = false

  private constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (chunk: Buffer) => {
      this.octets += chunk.length
      this.heard = (this.heard + chunk.toString('latin1')).slice(-KEPT)
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      this.closed = true
    })
  }

  /** `from`: any address of 127.0.0.0/8 is ours, and each is an address of its own to the server. */
  static async connect(port: number, from = '127.0.0.1'): Promise<RawClient> {
    const socket = connect({ port, host: '127.0.0.1', localAddress: from, noDelay: true })
    const client = new RawClient(socket)
    await once(socket, 'connect')
    return client
  }

  static async login(port: number, user: string, password: string, from?: string): Promise<RawClient> {
    const client = await RawClient.connect(port, from)
    await client.say(`login LOGIN ${user} "${password}"`)
    return client
  }

  /** Hands octets over; true when they were taken at once. */
  write(octets: string | Uint8Array): boolean {
    return this.socket.write(typeof octets === 'string' ? Buffer.from(octets, 'latin1') : octets)
  }

  /** Writes and waits until the system took it, or the connection is gone. */
  async push(octets: string | Uint8Array): Promise<void> {
    if (this.write(octets) || this.closed) return
    await new Promise<void>(resolve => {
      const done = () => {
        this.socket.off('drain', done).off('close', done)
        resolve()
      }
      this.socket.on('drain', done).on('close', done)
    })
  }

  /** Says a line and waits for the answer with its tag, the first word; answers that line. */
  async say(line: string, waitMs = 30_000): Promise<string> {
    this.write(`${line}\r\n`)
    return this.hears(new RegExp(`^${line.split(' ')[0]} .*$`, 'm'), waitMs)
  }

  /** The first text that matches among the end of what came. */
  async hears(pattern: RegExp, waitMs = 30_000): Promise<string> {
    return await eventually(
      `${pattern} after ${JSON.stringify(this.heard.slice(-200))}`,
      () => {
        const found = pattern.exec(this.heard)?.[0]
        if (found !== undefined) return found
        if (this.closed) throw new Error('closed')
        return undefined
      },
      waitMs,
    )
  }

  /** Resolves when the server has closed. */
  async ends(waitMs = 30_000): Promise<void> {
    await eventually('the server to close', () => this.closed, waitMs)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.destroy()
  }
}
