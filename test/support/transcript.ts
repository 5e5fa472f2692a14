/**
 * Plays a transcript: what several clients say and must hear. Whatever they hear must be of the grammar too. The first lines, beginning with '#', say what it shows.
 *
 *   mail INBOX \Seen work: plain russian     puts messages (kinds of mail.ts) into a mailbox, with flags and keywords; at any time
 *   settings messageLimit=5                  before the first client; plaintext=false: no passwords in clear;
 *                                            clockSeconds=20: the clock goes on by so much at each look
 *   quota messages=3 octets=20480            limits of the account, at any time
 *   anonymous B, tls B                       client B connects without logging in; over TLS
 *   A: uid fetch 1 (flags)                   A says a command; it must end OK unless an `A=` line follows
 *   A= NO [TRYCREATE] …                      … else so
 *   A* 1 FETCH (FLAGS (\Seen))               among what A heard before the end, one reply each; the order is that of the lines
 *   A! EXPUNGE                               nothing that A heard contains this
 *   A> idle1 IDLE                            a raw line, nothing awaited; \r, \n and {{literal}} as below
 *   A~ * 4 EXISTS                            waits for such a reply, solicited or not, a continuation or tagged one too
 *   A~100 * 4 EXISTS                         … that comes within so many milliseconds
 *   starttls A, compress A                   the command, and then what it asks for
 *   handshake A                              TLS, after a STARTTLS that was written as a raw line
 *   uncompress A                             A has said UNAUTHENTICATE, and goes on without compression
 *   A closed                                 the server closes the connection
 *
 * In commands `{{text}}` is a literal (\r\n for line ends, \0 for NUL), and <x500> so many letters x. In replies `…` stands for anything, `<name>` for one word, which
 * must be the same wherever the name occurs again, and `{n}` is followed by the literal's octets, written the same way.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { type Clock, systemClock } from '#base/clock.ts'
import type { ImapSettings } from '#imap/session/services.ts'
import { flagListOf } from '../../src/imap/wire/flags.ts'
import { ImapClient, type Outcome, type Piece, type Reply } from './imap-client.ts'
import { type InProcess, login, password, serveInProcess } from './in-process.ts'
import { kinds } from './mail.ts'
import { ReplyGrammar } from './reply-grammar.ts'

type Line = { readonly number: number; readonly text: string }

export async function playTranscript(file: URL): Promise<void> {
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .map((text, i): Line => ({ number: i + 1, text: text.trimEnd() }))
    .filter(({ text }) => text !== '' && !text.startsWith('#'))
  const settings = lines
    .filter(({ text }) => text.startsWith('settings '))
    .flatMap(({ text }) => text.slice(9).split(' '))
  await using server = await serveInProcess(settingsOf(settings), clockOf(settings))
  await using player = new Player(server)
  for (const [i, line] of lines.entries()) {
    try {
      await player.play(line.text, lines[i + 1]?.text ?? '')
      player.assertGrammar()
    } catch (error) {
      throw new Error(`line ${line.number}: ${line.text}\n${error instanceof Error ? error.message : error}`, {
        cause: error,
      })
    }
  }
}

function settingsOf(pairs: readonly string[]): Partial<ImapSettings> {
  const { plaintext, clockSeconds, ...settings } = numbersOf(pairs)
  return plaintext === undefined ? settings : { ...settings, trustsPlaintext: () => plaintext === true }
}

/** The machine's clock, or one that goes on by so many seconds whenever it is looked at. */
function clockOf(pairs: readonly string[]): Clock {
  const { clockSeconds } = numbersOf(pairs)
  if (typeof clockSeconds !== 'number') return systemClock
  let now = systemClock.now()
  return { now: () => (now += clockSeconds * 1000) }
}

/** `name=value` in JSON's notation. */
const numbersOf = (pairs: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(pairs.map(pair => [pair.split('=')[0]!, JSON.parse(pair.split('=')[1]!)]))

class Player implements AsyncDisposable {
  readonly #server: InProcess
  readonly #clients = new Map<string, ImapClient>()
  readonly #last = new Map<string, { outcome: Outcome; unread: Reply[] }>()
  readonly #words = new Map<string, string>()
  readonly #faults: unknown[] = []

  constructor(server: InProcess) {
    this.#server = server
  }

  /** Replies so far were of the grammar. */
  assertGrammar(): void {
    if (this.#faults.length > 0) throw this.#faults[0]
  }

  async play(text: string, next: string): Promise<void> {
    const put = /^mail (\S+)([^:]*): (.*)$/.exec(text)
    if (put) return await this.#put(put[1]!, put[2]!.trim(), put[3]!.split(' '))
    if (text.startsWith('settings ')) return
    const open = /^(anonymous|tls) ([A-Z])$/.exec(text)
    if (open) return await this.#connect(open[2]!, open[1] === 'tls')
    if (text.startsWith('quota ')) return await this.#limit(numbersOf(text.slice(6).split(' ')))
    const changed = /^(starttls|handshake|compress|uncompress) ([A-Z])$/.exec(text)
    if (changed) return await this.#change(changed[2]!, changed[1]!)
    const said = /^([A-Z])([:=*!>~]| closed)(\d*)\s?(.*)$/s.exec(text)
    if (!said) throw new Error('not understood')
    const [, name = '', act = '', bound = '', rest = ''] = said
    if (!this.#clients.has(name)) await this.#login(name)
    const client = this.#clients.get(name)!
    if (act === ':') await this.#say(name, client, rest, next.startsWith(`${name}=`))
    else if (act === '=') this.#ended(name, rest)
    else if (act === '*') this.#heard(name, rest)
    else if (act === '!') this.#unheard(name, rest)
    else if (act === '>') client.write(`${this.#fill(rest).replaceAll('\\r', '\r').replaceAll('\\n', '\n')}\r\n`)
    else if (act === '~') await this.#await(client, rest, bound === '' ? undefined : Number(bound))
    else await client.closed()
  }

  async #put(mailbox: string, labels: string, names: readonly string[]): Promise<void> {
    const { flags, keywords } = flagListOf(labels === '' ? [] : labels.split(' '))
    for (const name of names) {
      const message = kinds[name]
      if (!message) throw new Error(`no such mail: ${name}`)
      await this.#server.put(mailbox, message, { flags, keywords })
    }
  }

  async #connect(name: string, tls: boolean): Promise<void> {
    const { port, tlsPort } = this.#server
    const grammar = new ReplyGrammar()
    const onReply = (reply: Reply) => {
      try {
        grammar.check(reply)
      } catch (error) {
        this.#faults.push(error)
      }
    }
    this.#clients.set(name, await ImapClient.connect({ port: tls ? tlsPort : port, tls, waitMs: 5_000, onReply }))
  }

  async #login(name: string): Promise<void> {
    await this.#connect(name, false)
    await this.#clients.get(name)!.ok(`LOGIN ${login} "${password}"`)
  }

  async #limit({ octets = null, messages = null }: Record<string, unknown>): Promise<void> {
    const { metadata, account } = this.#server.mail
    await metadata.setQuota(account, { octets: octets as number | null, messages: messages as number | null })
  }

  async #change(name: string, how: string): Promise<void> {
    if (!this.#clients.has(name)) await this.#login(name)
    const client = this.#clients.get(name)!
    if (how === 'starttls') await client.startTls()
    else if (how === 'handshake') await client.handshake()
    else if (how === 'compress') await client.compress()
    else client.uncompress()
  }

  async #await(client: ImapClient, expected: string, waitMs: number | undefined): Promise<void> {
    const names: string[] = []
    const pattern = this.#pattern(expected, names)
    const own = ownTime()
    const { text } = await client.next(pattern)
    const tookMs = own.stop()
    this.#name(names, pattern.exec(text)!)
    if (waitMs !== undefined) assert.ok(tookMs <= waitMs, `came after ${Math.round(tookMs)} ms`)
  }

  async #say(name: string, client: ImapClient, command: string, mayFail: boolean): Promise<void> {
    const outcome = await client.command(...pieces(this.#fill(command)))
    this.#last.set(name, { outcome, unread: [...outcome.untagged] })
    if (!mayFail) assert.equal(outcome.status, 'OK', `was answered ${outcome.status} ${outcome.text}`)
  }

  #ended(name: string, expected: string): void {
    const { outcome } = this.#last.get(name)!
    const answer = `${outcome.status} ${outcome.text}`
    if (!this.#matches(expected, answer)) assert.fail(`was answered ${answer}`)
  }

  #heard(name: string, expected: string): void {
    const { outcome, unread } = this.#last.get(name)!
    const at = unread.findIndex(reply => this.#matches(`* ${expected}`, show(reply)))
    if (at < 0) assert.fail(`not heard; heard\n${outcome.untagged.map(show).join('\n')}`)
    unread.splice(0, at + 1)
  }

  #unheard(name: string, unwanted: string): void {
    const heard = this.#last
      .get(name)!
      .outcome.untagged.map(show)
      .find(reply => reply.includes(unwanted))
    if (heard) assert.fail(`heard ${heard}`)
  }

  #fill(text: string): string {
    return text
      .replace(/<x(\d+)>/g, (_, count: string) => 'x'.repeat(Number(count)))
      .replace(/<(\w+)>/g, (whole, word: string) => this.#words.get(word) ?? whole)
  }

  #matches(expected: string, text: string): boolean {
    const names: string[] = []
    const found = this.#pattern(expected, names).exec(text)
    if (!found) return false
    this.#name(names, found)
    return true
  }

  #name(names: readonly string[], found: RegExpExecArray): void {
    for (const [i, name] of names.entries()) this.#words.set(name, found[i + 1]!)
  }

  #pattern(expected: string, names: string[] = []): RegExp {
    const source = Buffer.from(expected, 'utf8')
      .toString('latin1')
      .split(/(â\x80¦|<\w+>)/)
      .map(part => {
        if (part === 'â\x80¦') return '[^]*'
        const name = /^<(\w+)>$/.exec(part)?.[1]
        if (name === undefined) return part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
        const known = this.#words.get(name)
        if (known !== undefined) return known.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
        names.push(name)
        return '([^\\s\\])]+)'
      })
    return new RegExp(`^${source.join('')}$`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients.values()) await client[Symbol.asyncDispose]()
  }
}

/** Milliseconds from now, without those in which this process was not given a processor: tests run beside each other. */
function ownTime(): { stop(): number } {
  const BEAT_MS = 5
  const begun = performance.now()
  let last = begun
  let lostMs = 0
  const beat = () => {
    const now = performance.now()
    lostMs += Math.max(0, now - last - 2 * BEAT_MS)
    last = now
  }
  const timer = setInterval(beat, BEAT_MS)
  return {
    stop() {
      clearInterval(timer)
      beat()
      return last - begun - lostMs
    },
  }
}

/** `{{…}}` become literals; the rest goes out as UTF-8. */
function pieces(command: string): Piece[] {
  return command.split(/(\{\{.*?\}\})/s).map(part => {
    const literal = /^\{\{(.*)\}\}$/s.exec(part)?.[1]
    if (literal === undefined) return Buffer.from(part, 'utf8').toString('latin1')
    return Buffer.from(literal.replaceAll('\\r', '\r').replaceAll('\\n', '\n').replaceAll('\\0', '\0'), 'utf8')
  })
}

function show(reply: Reply): string {
  let at = 0
  return reply.text.replace(/\{(\d+)\}/g, announced => {
    const literal = reply.literals[at++]
    if (!literal) return announced
    return (
      announced + literal.toString('latin1').replaceAll('\r', '\\r').replaceAll('\n', '\\n').replaceAll('\0', '\\0')
    )
  })
}
