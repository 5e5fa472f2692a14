/** One connection: sends commands, shows each reply together with the command that was in progress when it came, keeps a transcript. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { Piece } from '#test/imap-client.ts'
import { type Reply, ReplyReader } from '#test/imap-replies.ts'

export type Command = {
  readonly name: string
  readonly numbering: 'seq' | 'uid'
  /** UIDs whose flags were told, and UIDs that were told anything of, while the command was in progress. */
  readonly told: Set<number>
  readonly fetched: Set<number>
  readonly replies: Reply[]
  status: string
  text: string
  /** Done at the moment the command ends, before what follows in the same octets is heard. */
  readonly onEnd: ((command: Command) => void) | null
}

export type Naming = {
  readonly name: string
  readonly numbering?: 'seq' | 'uid'
  readonly onEnd?: (command: Command) => void
}

type Pending = {
  readonly tag: string
  readonly command: Command
  end(command: Command): void
  fail(error: Error): void
}

export class Closed extends Error {
  override readonly name = 'Closed'
}

const WAIT_MS = 20_000

export class Wire {
  closed = false
  greeting: Promise<void>
  #socket: Socket
  #reader = new ReplyReader()
  #pending: Pending[] = []
  #tags = 0
  #greeted = Promise.withResolvers<void>()
  #going: (() => void) | null = null
  readonly #name: string
  readonly #transcript: string[]
  readonly #hear: (reply: Reply, command: Command | null) => void
  readonly #ended: (command: Command) => void
  #failure: unknown = null

  constructor(
    port: number,
    name: string,
    transcript: string[],
    hear: (reply: Reply, command: Command | null) => void,
    ended: (command: Command) => void,
  ) {
    this.#name = name
    this.#transcript = transcript
    this.#hear = hear
    this.#ended = ended
    this.greeting = this.#greeted.promise
    this.greeting.catch(() => {})
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true })
    this.#socket.on('data', (chunk: Buffer) => this.#take(chunk))
    this.#socket.on('error', error => this.#close(error))
    this.#socket.on('close', () => this.#close(new Closed(`the server closed the connection of ${name}`)))
  }

  async command({ name, numbering = 'uid', onEnd }: Naming, ...pieces: readonly Piece[]): Promise<Command> {
    if (this.#failure) throw this.#failure
    const tag = `${this.#name}${++this.#tags}`
    const command: Command = {
      name,
      numbering,
      told: new Set(),
      fetched: new Set(),
      replies: [],
      status: '',
      text: '',
      onEnd: onEnd ?? null,
    }
    const said = pieces.map(piece => (typeof piece === 'string' ? piece : `{${piece.length}+}…`)).join('')
    this.#transcript.push(`${this.#name}: ${tag} ${said}`)
    const { promise, resolve, reject } = Promise.withResolvers<Command>()
    this.#pending.push({ tag, command, end: resolve, fail: reject })
    const octets: Uint8Array[] = [Buffer.from(`${tag} `)]
    for (const piece of pieces) {
      if (typeof piece === 'string') octets.push(Buffer.from(piece, 'latin1'))
      else octets.push(Buffer.from(`{${piece.length}+}\r\n`), Buffer.from(piece))
    }
    octets.push(Buffer.from('\r\n'))
    this.#socket.write(Buffer.concat(octets))
    const timer = setTimeout(() => reject(new Error(`no end of "${tag} ${said}" in ${WAIT_MS} ms`)), WAIT_MS)
    return await promise.finally(() => clearTimeout(timer))
  }

  /** Sends IDLE; resolves when the server idles, with the end of the command. */
  async idle(): Promise<{ readonly end: Promise<Command> }> {
    const going = new Promise<void>(resolve => {
      this.#going = resolve
    })
    const end = this.command({ name: 'IDLE' }, 'IDLE')
    end.catch(() => {})
    await Promise.race([going, end])
    return { end }
  }

  done(): void {
    this.#transcript.push(`${this.#name}: DONE`)
    this.#socket.write('DONE\r\n')
  }

  async end(): Promise<void> {
    if (this.#socket.destroyed) return
    this.#transcript.push(`${this.#name} goes`)
    this.closed = true
    const gone = once(this.#socket, 'close')
    this.#socket.destroy()
    await gone
  }

  #take(chunk: Buffer): void {
    for (const reply of this.#reader.push(chunk)) {
      if (this.#failure) return
      this.#transcript.push(`${this.#name}${reply.text.startsWith('*') ? '' : ': '}${shown(reply)}`)
      try {
        this.#reply(reply)
      } catch (error) {
        this.#close(error)
      }
    }
  }

  #reply(reply: Reply): void {
    const { text } = reply
    if (text.startsWith('+')) {
      this.#going?.()
      return
    }
    const current = this.#pending[0]
    if (!text.startsWith('*')) {
      const [, tag, status = '', rest = ''] = /^(\S+) (OK|NO|BAD) ?(.*)$/s.exec(text) ?? []
      if (!current || tag !== current.tag) throw new Error(`a reply to another command: ${text}`)
      this.#pending.shift()
      current.command.status = status
      current.command.text = rest
      this.#ended(current.command)
      current.end(current.command)
      return
    }
    if (/^\* (OK|PREAUTH) .*ready/i.test(text)) this.#greeted.resolve()
    if (text.startsWith('* BYE')) this.closed = true
    current?.command.replies.push(reply)
    this.#hear(reply, current?.command ?? null)
  }

  #close(error: unknown): void {
    this.closed = true
    if (!this.#failure) this.#failure = error
    this.#greeted.reject(error as Error)
    for (const { fail } of this.#pending.splice(0)) fail(this.#failure as Error)
    this.#socket.destroy()
  }

  /** What went wrong in a reply that nobody waited for. */
  get failure(): unknown {
    return this.#failure
  }
}

const shown = ({ text, literals }: Reply): string => {
  let at = 0
  return text.replace(
    /\{(\d+)\}/g,
    announced => `${announced}${literals[at++]?.toString('latin1').slice(0, 20) ?? ''}…`,
  )
}
