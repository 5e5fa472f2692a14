import { SyntaxFault } from '#base/errors.ts'
import type { Frame, FrameEvent, Framer, LiteralAnnounced } from '../wire/framer.ts'
import { Args } from '../wire/reader.ts'
import type { MessageInput } from './message-input.ts'

/** What is needed of a session. */
export interface LiteralSource {
  readonly framer: Pick<Framer, 'decide'>
  readonly utf8: boolean
  /** Waits for the socket when more is needed; null when the client is gone. */
  nextEvent(): Promise<FrameEvent | null>
  continuation(text: string): void
}

/** The live form of `MessageInput`: pulls from the session's framer, no faster than the command takes. */
export class StreamedInput implements MessageInput {
  args: Args
  announced = false
  octets = 0
  binary = false
  readonly #source: LiteralSource
  #sync = false
  /** A literal has streamed: frames begin with its placeholder, no longer with the command's name. */
  #streamed = false
  /** The framer has begun, or will begin, with another command. */
  #ended = false

  /** `args` stands behind the command's name; `literal` is what its frame announces at its end. */
  constructor(source: LiteralSource, args: Args, literal: LiteralAnnounced | null) {
    this.#source = source
    this.args = args
    if (literal) this.#announce(literal)
    else this.#ended = true
  }

  async *accept(): AsyncIterable<Uint8Array> {
    this.#decide('stream', 'Send the message')
    for (;;) {
      const event = await this.#event()
      if (event.kind !== 'data') throw new Error('the framer left a streamed literal')
      if (event.chunk.length > 0) yield event.chunk
      if (event.last) return
    }
  }

  buffer(): void {
    this.#decide('buffer', 'Go on')
  }

  async next(): Promise<void> {
    if (this.announced || this.#ended) return
    const event = await this.#event()
    if (event.kind === 'literal') {
      this.#announce(event.literal)
      this.args = this.#argsOf(event.soFar)
      return
    }
    this.#ended = true
    if (event.kind !== 'frame') throw new SyntaxFault('The command is too long')
    this.args = this.#argsOf(event.frame)
  }

  /** After the command ended early: what the client still sends of it is read and dropped. */
  async skipRest(): Promise<void> {
    while (!this.#ended) {
      if (this.announced) {
        // Of a synchronising literal nothing will come; others are swallowed by the framer with all that follows them.
        this.#source.framer.decide('refuse')
        this.announced = false
        this.#ended = true
        return
      }
      const event = await this.#source.nextEvent()
      if (event === null) return
      if (event.kind === 'literal') this.#announce(event.literal)
      else if (event.kind !== 'data') this.#ended = true
    }
  }

  #decide(choice: 'stream' | 'buffer', text: string): void {
    if (!this.announced) throw new SyntaxFault('A literal was expected')
    this.announced = false
    if (choice === 'stream') this.#streamed = true
    const wanted = this.#source.framer.decide(choice)
    if (wanted && this.#sync) this.#source.continuation(text)
  }

  #announce(literal: LiteralAnnounced): void {
    this.announced = true
    this.octets = literal.octets
    this.binary = literal.binary
    this.#sync = literal.sync
  }

  #argsOf(frame: Frame): Args {
    // A copy: the framer goes on adding to its own.
    const args = new Args({ pieces: [...frame.pieces] }, this.#source.utf8)
    if (this.#streamed) return args
    args.space()
    if (args.word() === 'UID') {
      args.space()
      args.word()
    }
    return args
  }

  async #event(): Promise<FrameEvent> {
    const event = await this.#source.nextEvent()
    if (event === null) throw new Gone()
    return event
  }
}

/** The client left in the middle of a command. Nobody is there to be answered. */
export class Gone extends Error {
  override readonly name = 'Gone'
}
