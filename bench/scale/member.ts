/** One of very many clients: connects, logs in, selects INBOX, idles, and from then on listens for EXISTS. Kept small; one object, no timers. */
import { connect as connectTcp, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'
import { type Opening, type Ports, secrets, userName } from './words.ts'

/** All plain sockets read into this one: a callback is over before the next read. */
const readInto = Buffer.allocUnsafeSlow(64 * 1024)
/** Clients of one address, well below what the server allows of one. */
const perAddress = 250

/** Told of what becomes of a member. */
export interface Watcher {
  /** It idles now. */
  idles(member: Member): void
  /** It was refused (a BYE, a NO) or cut, and has no connection any more. */
  lost(member: Member, why: string): void
  told(member: Member): void
}

type Step = 'off' | 'greeting' | 'login' | 'select' | 'idle' | 'idles'

export class Member {
  readonly n: number
  readonly #watcher: Watcher
  #socket: Socket | null = null
  #step: Step = 'off'
  #rest = ''
  #secret = ''
  exists = 0
  /** Messages it was told of before. */
  known = 0
  /** When each message that is still to be told of was sent. */
  pending: number[] = []
  /** When it began to connect. */
  since = 0

  constructor(n: number, watcher: Watcher) {
    this.n = n
    this.#watcher = watcher
  }

  get step(): Step {
    return this.#step
  }

  open({ imap, imaps }: Ports, { tls, secret }: Opening): void {
    const port = tls ? imaps : imap
    this.#secret = secrets[secret]
    this.#step = 'greeting'
    this.#rest = ''
    this.since = performance.now()
    const host = '127.0.0.1'
    const at = Math.floor(this.n / perAddress)
    const localAddress = `127.0.${1 + Math.floor(at / 250)}.${1 + (at % 250)}`
    const socket = tls
      ? connectTls({ port, host, localAddress, rejectUnauthorized: false } as ConnectionOptions)
      : connectTcp({
          port,
          host,
          localAddress,
          onread: {
            buffer: readInto,
            callback: (length, buffer) => {
              this.#heard(Buffer.from(buffer.buffer, buffer.byteOffset, length).toString('latin1'))
              return true
            },
          },
        })
    if (tls) socket.on('data', (chunk: Buffer) => this.#heard(chunk.toString('latin1')))
    socket.on('error', error => this.#lost(error.message))
    socket.on('close', () => this.#lost('closed'))
    this.#socket = socket
  }

  cut(): void {
    const socket = this.#socket
    this.#socket = null
    this.#step = 'off'
    this.pending = []
    socket?.removeAllListeners('close').resetAndDestroy()
  }

  #lost(why: string): void {
    if (this.#socket === null) return
    this.#socket.destroy()
    this.#socket = null
    this.#step = 'off'
    this.#watcher.lost(this, why)
  }

  #heard(text: string): void {
    const all = this.#rest + text
    const end = all.lastIndexOf('\n') + 1
    this.#rest = all.slice(end)
    for (const line of all.slice(0, end).split('\r\n')) if (line !== '') this.#line(line)
  }

  #line(line: string): void {
    const exists = /^\* (\d+) EXISTS$/.exec(line)
    if (exists !== null) {
      this.exists = Number(exists[1])
      if (this.#step === 'idles') this.#watcher.told(this)
      return
    }
    if (line.startsWith('* BYE') || /^\S+ (NO|BAD) /.test(line)) {
      this.#lost(line)
      return
    }
    if (this.#step === 'greeting' && line.startsWith('* OK')) {
      this.#say('login', `a LOGIN ${userName(this.n)} ${this.#secret}`)
    } else if (this.#step === 'login' && line.startsWith('a OK')) this.#say('select', 'b SELECT INBOX')
    else if (this.#step === 'select' && line.startsWith('b OK')) this.#say('idle', 'c IDLE')
    else if (this.#step === 'idle' && line.startsWith('+')) {
      this.#step = 'idles'
      this.known = this.exists
      this.#watcher.idles(this)
    }
  }

  #say(step: Step, line: string): void {
    this.#step = step
    this.#socket?.write(`${line}\r\n`, 'latin1')
  }
}
