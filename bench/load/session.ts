/** An IMAP session of the load generator: one command at a time, answers kept as octets and read when the clock has stopped. */
import { type Reply, ReplyReader } from '#test/imap-replies.ts'
import { Wire, type WireOptions } from './wire.ts'

/** Every command has the same tag, so that commands can be formatted once. No message of ours has a line that begins with it. */
export const tag = 'Qz7'
const tagged = Buffer.from(`${tag} `)
const plus = Buffer.from('+')
const star = Buffer.from('* ')

/** The octets of a command, with CRLF. */
export const command = (text: string): Buffer => Buffer.from(`${tag} ${text}\r\n`, 'latin1')

/** One answer as it came, up to and with its tagged line. */
export class Answer {
  readonly chunks: readonly Buffer[]

  constructor(chunks: readonly Buffer[]) {
    this.chunks = chunks
  }

  get octets(): number {
    return this.chunks.reduce((sum, chunk) => sum + chunk.length, 0)
  }

  /** The untagged replies and the tagged one. */
  replies(): Reply[] {
    const reader = new ReplyReader()
    return this.chunks.flatMap(chunk => reader.push(chunk))
  }

  /** The tagged line. */
  last(): string {
    let text = ''
    for (let at = this.chunks.length - 1; at >= 0; at--) {
      text = this.chunks[at]!.toString('latin1') + text
      const from = text.lastIndexOf('\n', text.length - 2)
      if (from >= 0) return text.slice(from + 1).trimEnd()
    }
    return text.trimEnd()
  }

  text(): string {
    return Buffer.concat(this.chunks).toString('latin1')
  }
}

export class Session {
  readonly wire: Wire

  private constructor(wire: Wire) {
    this.wire = wire
  }

  /** Connects and takes the greeting. */
  static async open(options: WireOptions): Promise<Session> {
    const wire = await Wire.open(options)
    await wire.until(star)
    return new Session(wire)
  }

  /** Sends a command and rejects unless it is answered OK. */
  async run(text: string | Buffer): Promise<Answer> {
    this.wire.write(typeof text === 'string' ? command(text) : text)
    const chunks = await this.wire.until(tagged)
    const answer = new Answer(chunks)
    if (!isOk(chunks)) {
      const said = typeof text === 'string' ? text : text.toString('latin1')
      throw new Error(`"${said.slice(0, 120).trimEnd()}" was answered "${answer.last().slice(0, 300)}"`)
    }
    return answer
  }

  /** Begins to idle; the result ends it. RFC 2177 */
  async idle(): Promise<() => Promise<void>> {
    this.wire.write(command('IDLE'))
    await this.wire.until(plus)
    return async () => {
      this.wire.write('DONE\r\n')
      await this.wire.until(tagged)
    }
  }

  /** Resolves with the next untagged line, or several when they came together. */
  async heard(): Promise<Answer> {
    return new Answer(await this.wire.until(star))
  }

  async compress(): Promise<void> {
    await this.run('COMPRESS DEFLATE')
    this.wire.compress()
  }

  async logout(): Promise<void> {
    await this.run('LOGOUT')
    this.wire.destroy()
  }
}

/** Looks at the tagged line alone: it is the last of the last chunk, or few chunks hold it. */
function isOk(chunks: readonly Buffer[]): boolean {
  const last = chunks.at(-1)!
  const from = last.length < 2 ? -1 : last.lastIndexOf(10, last.length - 2)
  if (from < 0 && chunks.length > 1) return new Answer(chunks).last().startsWith(`${tag} OK`)
  const at = from + 1 + tagged.length
  return last[at] === 79 && last[at + 1] === 75
}
