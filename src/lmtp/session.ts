import { limits } from '#base/limits.ts'
import { type Connection, ConnectionClosed } from '#net/connection.ts'
import { Gone, LmtpInput } from './input.ts'
import { parsePath } from './path.ts'
import { Reply, recipientOk, replyFor } from './replies.ts'
import type { LmtpServices } from './services.ts'
import { LmtpTransaction } from './transaction.ts'

const notNow = (text: string): Reply => new Reply(503, '5.5.1', text)
const malformed = (text: string): Reply => new Reply(501, '5.5.4', text)
const done = (text: string): Reply => new Reply(250, '2.0.0', text)

/** Commands that are none before the connection is cut. */
const UNKNOWN_COMMANDS = 10

/**
 * One sender's session. RFC 2033, with PIPELINING (RFC 2920), SIZE (RFC 1870), 8BITMIME (RFC 6152), SMTPUTF8 (RFC 6531), CHUNKING (RFC 3030)
 * and ENHANCEDSTATUSCODES (RFC 2034). There is no login: who may connect may deliver.
 */
export class LmtpSession {
  readonly #services: LmtpServices
  readonly #connection: Connection
  readonly #id: number
  readonly #input: LmtpInput
  #greeted = false
  #transaction: LmtpTransaction | null = null
  #unknown = 0
  /** Between commands, and no recipient waits for a message. */
  #idle = true
  #leaving = false

  constructor(services: LmtpServices, connection: Connection, id: number) {
    this.#services = services
    this.#connection = connection
    this.#id = id
    this.#input = new LmtpInput(connection)
  }

  /** Serves until the sender leaves. Never rejects. */
  async run(): Promise<void> {
    const connection = this.#connection
    try {
      connection.idleLimit(limits.lmtpIdleMs)
      connection.write(`220 ${this.#services.settings.hostname} LMTP Rookery ready\r\n`)
      while (!this.#leaving) await this.#next()
    } catch (error) {
      if (error instanceof Gone) {
        if (connection.ended === 'timeout')
          connection.write(new Reply(421, '4.4.2', 'Nothing was heard for too long').toString())
      } else if (!(error instanceof ConnectionClosed)) {
        this.#services.log.error('session.fault', { session: this.#id, err: error })
      }
    } finally {
      connection.end()
    }
  }

  /** Says 421 now, or when what runs is done. */
  leave(): void {
    if (this.#idle) this.#bye('4.3.2', 'The server is shutting down')
    else this.#leaving = true
  }

  async #next(): Promise<void> {
    // A sender that does not read its answers gets no further ones.
    await this.#connection.drained()
    const line = await this.#input.line(limits.lmtpCommandOctets)
    if (line === null) return this.#bye('5.5.2', 'The command is too long')
    this.#idle = false
    try {
      await this.#command(line)
    } catch (error) {
      if (error instanceof Gone || error instanceof ConnectionClosed) throw error
      if (!(error instanceof Reply)) this.#services.log.error('session.fault', { session: this.#id, err: error })
      this.#say(replyFor(error, this.#services.settings.overQuota))
    }
    this.#idle = this.#transaction === null
    if (this.#idle && this.#leaving) this.#bye('4.3.2', 'The server is shutting down')
  }

  #say(reply: Reply): void {
    this.#connection.write(reply.toString())
  }

  #bye(status: string, text: string): void {
    this.#say(new Reply(421, status, text))
    this.#leaving = true
    this.#connection.end()
  }

  async #command(line: string): Promise<void> {
    const [, word = '', rest = ''] = /^([A-Za-z]*)(.*)$/s.exec(line)!
    const verb = word.toUpperCase()
    switch (verb) {
      case 'LHLO':
        return this.#hello(rest)
      case 'MAIL':
      case 'RCPT':
      case 'DATA':
      case 'BDAT':
        return this.#greeted ? this.#mail(verb, rest) : this.#rejectEarly(verb, rest)
      case 'RSET':
        this.#transaction = null
        return this.#say(done('Forgotten'))
      case 'NOOP':
        return this.#say(done('OK'))
      case 'VRFY':
        return this.#say(new Reply(252, '2.5.0', 'Send mail and see'))
      case 'QUIT':
        this.#say(new Reply(221, '2.0.0', 'Bye'))
        this.#leaving = true
        return
      case 'HELO':
      case 'EHLO':
        throw new Reply(500, '5.5.1', 'This is LMTP; say LHLO')
      default:
        return this.#unknownCommand()
    }
  }

  /** Before LHLO it is no mail server that talks to us, but perhaps a web page that made a browser send it. */
  #unknownCommand(): void {
    if (this.#greeted && ++this.#unknown < UNKNOWN_COMMANDS)
      this.#say(new Reply(500, '5.5.1', 'There is no such command'))
    else this.#bye('5.5.1', 'This is LMTP')
  }

  async #rejectEarly(verb: string, rest: string): Promise<void> {
    if (verb === 'BDAT') await this.#skipChunk(rest)
    throw notNow('Say LHLO first')
  }

  #hello(rest: string): void {
    if (!/^ +\S+ *$/.test(rest)) throw malformed('LHLO wants a name')
    this.#greeted = true
    this.#transaction = null
    const { settings, mail } = this.#services
    const lines = [
      settings.hostname,
      'PIPELINING',
      `SIZE ${mail.settings.messageOctets}`,
      '8BITMIME',
      'SMTPUTF8',
      'CHUNKING',
      'ENHANCEDSTATUSCODES',
    ]
    this.#connection.write(lines.map((line, i) => `250${i < lines.length - 1 ? '-' : ' '}${line}\r\n`).join(''))
  }

  #mail(verb: 'MAIL' | 'RCPT' | 'DATA' | 'BDAT', rest: string): void | Promise<void> {
    switch (verb) {
      case 'MAIL':
        return this.#begin(rest)
      case 'RCPT':
        return this.#addRecipient(rest)
      case 'DATA':
        return this.#data(rest)
      case 'BDAT':
        return this.#chunks(rest)
    }
  }

  #begin(rest: string): void {
    if (this.#transaction) throw notNow('A message is begun already')
    const path = parsePath(/^ +FROM:(.*)$/is.exec(rest)?.[1] ?? '')
    if (!path) throw new Reply(501, '5.1.7', 'MAIL FROM:<address> is wanted')
    let octets = 0
    for (const [name, value] of path.parameters) {
      if (name === 'SIZE' && /^\d{1,20}$/.test(value)) octets = Number(value)
      else if (name === 'BODY' && /^(7BIT|8BITMIME)$/i.test(value)) continue
      else if (name === 'SMTPUTF8' && value === '') continue
      else throw new Reply(555, '5.5.4', 'That parameter is not known')
    }
    if (octets > this.#services.mail.settings.messageOctets) throw new Reply(552, '5.3.4', 'The message is too big')
    this.#transaction = new LmtpTransaction(this.#services, this.#id, path.address, octets)
    this.#say(new Reply(250, '2.1.0', 'Sender OK'))
  }

  async #addRecipient(rest: string): Promise<void> {
    if (!this.#transaction) throw notNow('MAIL first')
    const path = parsePath(/^ +TO:(.*)$/is.exec(rest)?.[1] ?? '')
    if (!path || path.address === '') throw new Reply(501, '5.1.3', 'RCPT TO:<address> is wanted')
    if (path.parameters.size > 0) throw new Reply(555, '5.5.4', 'That parameter is not known')
    await this.#transaction.addRecipient(path.address)
    this.#say(recipientOk)
  }

  async #data(rest: string): Promise<void> {
    if (rest.trim() !== '') throw malformed('DATA takes no argument')
    const transaction = this.#ready()
    this.#connection.write('354 Send the message; end with <CRLF>.<CRLF>\r\n')
    await this.#receive(transaction, this.#input.message())
  }

  async #receive(transaction: LmtpTransaction, message: AsyncIterable<Uint8Array>): Promise<void> {
    this.#transaction = null
    // Held until all are known: one write, in the order of the recipients.
    const replies = await transaction.receive(message)
    this.#connection.write(replies.join(''))
  }

  #ready(): LmtpTransaction {
    if (!this.#transaction) throw notNow('MAIL first')
    // RFC 2033 §4.2: without a recipient there would be nobody to answer for.
    if (this.#transaction.recipients === 0) throw new Reply(503, '5.5.1', 'No valid recipients')
    return this.#transaction
  }

  /** BDAT, which may come in several commands; the last has the recipients' answers. RFC 3030 §2 */
  async #chunks(rest: string): Promise<void> {
    const chunk = parseChunk(rest)
    // Without a count nobody knows where the next command begins.
    if (!chunk) return this.#bye('5.5.4', 'BDAT wants a count of octets')
    if (!this.#transaction?.recipients) await this.#skipChunk(rest)
    await this.#receive(this.#ready(), this.#chunked(chunk))
  }

  async *#chunked(first: Chunk): AsyncGenerator<Uint8Array> {
    for (let chunk = first; ; ) {
      yield* this.#input.octets(chunk.octets)
      if (chunk.last) return
      this.#say(done(`${chunk.octets} octets received`))
      chunk = await this.#nextChunk()
    }
  }

  /** Between chunks only another one may come, or the end of it all. */
  async #nextChunk(): Promise<Chunk> {
    for (;;) {
      await this.#connection.drained()
      const line = await this.#input.line(limits.lmtpCommandOctets)
      const chunk = parseChunk(/^BDAT(.*)$/i.exec(line ?? '')?.[1] ?? '')
      if (chunk) return chunk
      if (/^NOOP\b/i.test(line ?? '')) this.#say(done('OK'))
      else if (/^RSET *$/i.test(line ?? '')) throw new Abandoned()
      else if (line === null || /^(QUIT|BDAT)\b/i.test(line)) throw new Gone()
      else this.#say(notNow('BDAT is wanted'))
    }
  }

  async #skipChunk(rest: string): Promise<void> {
    const chunk = parseChunk(rest)
    if (!chunk) return this.#bye('5.5.4', 'BDAT wants a count of octets')
    for await (const _ of this.#input.octets(chunk.octets));
  }
}

/** RSET between two chunks: the message is given up, the session goes on. */
class Abandoned extends Reply {
  constructor() {
    super(250, '2.0.0', 'Forgotten')
  }
}

type Chunk = { readonly octets: number; readonly last: boolean }

function parseChunk(text: string): Chunk | null {
  const found = /^ +(\d{1,15})( +LAST)? *$/i.exec(text)
  return found ? { octets: Number(found[1]), last: found[2] !== undefined } : null
}
