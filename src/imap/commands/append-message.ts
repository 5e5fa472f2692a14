import { SyntaxFault } from '#base/errors.ts'
import { limits } from '#base/limits.ts'
import type { Appending } from '#mail/append.ts'
import { openPart } from '#mail/catenate.ts'
import type { Mail } from '#mail/mail.ts'
import { type Ending, no } from '../session/command.ts'
import type { MessageInput } from '../session/message-input.ts'
import type { Session } from '../session/session.ts'
import { TimeSlice } from '../session/time-slice.ts'
import { type AppendProgress, type AppendStep, parseAppendNext } from '../wire/append-args.ts'
import type { Args } from '../wire/reader.ts'
import { parseMessageUrl } from './imap-url.ts'

/**
 * What APPEND and REPLACE share: arguments and literals in turn, the octets on to the store as they come.
 *
 * Strict in what is kept, tolerant in what is taken: octets are stored as they came, also bare line ends, and 8-bit header fields
 * from clients that did not enable UTF8=ACCEPT, which RFC 9755 §4 wants refused: drafts and sent mail of real clients have them, and
 * they have nowhere else to go. NUL is only taken in a literal8: in a plain literal it is BAD, for it is not of its grammar
 * (RFC 9051 §9 CHAR8) and shows a client that counts wrongly or sends what no plain FETCH could give back.
 */

/** A NO whose code no other command has. */
export class AppendRefusal extends Error {
  override readonly name = 'AppendRefusal'
  readonly ending: Ending

  constructor(text: string, code?: NonNullable<Ending['code']>) {
    super(text)
    this.ending = no(text, code)
  }
}

/** Runs `append`; what only these commands refuse becomes their answer. */
export async function orRefusal(append: () => Promise<Ending>): Promise<Ending> {
  try {
    return await append()
  } catch (error) {
    if (error instanceof AppendRefusal) return error.ending
    throw error
  }
}

type Ready<Progress> = Exclude<Progress, { next: 'buffer' }>

/** Parses what is there, with the literals that are arguments held in memory. */
export async function parsed<Progress extends AppendProgress>(
  input: MessageInput,
  parse: (args: Args, announced: boolean) => Progress,
): Promise<Ready<Progress>> {
  for (let held = 0; held <= limits.appendHeldLiterals; held++) {
    const progress = parse(input.args, input.announced)
    if (progress.next !== 'buffer') return progress as Ready<Progress>
    input.buffer()
    await input.next()
  }
  throw new SyntaxFault('Too many literals')
}

/** Takes all messages of the command, from what `start` found in its first arguments on. */
export async function receive(
  session: Session,
  mail: Mail,
  input: MessageInput,
  start: Ready<AppendProgress>,
  appending: Appending,
): Promise<void> {
  const receiver = new Receiver(session, mail, input, appending)
  const slice = new TimeSlice()
  let progress = start
  for (;;) {
    for (const step of progress.steps) await receiver.take(step)
    if (progress.next === 'end') return
    const { state } = progress
    await receiver.pour()
    await slice.rest()
    await input.next()
    progress = await parsed(input, (args, announced) => parseAppendNext(args, state, announced))
  }
}

class Receiver {
  readonly #session: Session
  readonly #mail: Mail
  readonly #input: MessageInput
  readonly #appending: Appending
  #messages = 0
  #catenates = false

  constructor(session: Session, mail: Mail, input: MessageInput, appending: Appending) {
    this.#session = session
    this.#mail = mail
    this.#input = input
    this.#appending = appending
  }

  async take(step: AppendStep): Promise<void> {
    switch (step.step) {
      case 'message': {
        this.#countMessage()
        const { flags, keywords } = step.flags
        const { at: receivedAt, zone } = step.date ?? { at: this.#mail.clock.now(), zone: 0 }
        this.#catenates = step.catenate
        return this.#appending.begin({ flags, keywords, receivedAt, zone })
      }
      case 'url':
        return this.#copy(step.url)
      case 'text':
        return
      case 'done':
        if (this.#appending.octets === 0) throw cancelled()
        return this.#appending.finish()
    }
  }

  /** The announced literal, chunk by chunk: the next is not read before the store has taken this one. */
  async pour(): Promise<void> {
    const { octets, binary } = this.#input
    if (octets === 0 && !this.#catenates) throw cancelled()
    this.#appending.expect(octets)
    for await (const chunk of this.#input.accept()) {
      if (!binary && chunk.includes(0)) throw new SyntaxFault('NUL in a message; send it as literal8')
      const taken = this.#appending.write(chunk)
      if (taken) await taken
    }
  }

  async #copy(url: string): Promise<void> {
    const address = parseMessageUrl(url, this.#session.view?.state.id ?? null)
    const part = address && (await openPart(this.#mail, address))
    if (!part) throw new AppendRefusal('There is no such message or part here', ['BADURL', shown(url)])
    for await (const chunk of part) await this.#appending.write(chunk)
  }

  /** All or none, so that no message is stored when there are too many. RFC 9738 §3.1 */
  #countMessage(): void {
    const { messageLimit, saveLimit } = this.#session.services.settings
    const most = messageLimit ?? saveLimit
    if (++this.#messages <= (most ?? Number.POSITIVE_INFINITY)) return
    throw new AppendRefusal(`Append at most ${most} messages at a time`, ['MESSAGELIMIT', most!])
  }
}

/** A message of no octets is how a client calls it off. RFC 3502 §6.3.11 */
const cancelled = (): AppendRefusal => new AppendRefusal('An empty message: nothing was appended')

/** RFC 4469 §5 url-resp-text */
const shown = (url: string): string =>
  url.slice(0, 1024).replace(/[^\x21-\x7e]|\]/g, c => `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`)
