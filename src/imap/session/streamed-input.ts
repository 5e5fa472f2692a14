import { SyntaxFault } from '#base/errors.ts'
import type { Frame } from '../wire/framer.ts'
import { Args } from '../wire/reader.ts'
import type { MessageInput } from './message-input.ts'
import type { Session } from './session.ts'

/** The live form of `MessageInput`: pulls from the session's framer and waits for the socket in between. */
export class StreamedInput implements MessageInput {
  readonly args: Args
  octets = 0
  binary = false
  readonly #session: Session
  #sync = false
  #announced = false
  #ended = false
  #streaming = false

  constructor(session: Session, frame: Frame, args: Args, literal: { octets: number; sync: boolean; binary: boolean } | null) {
    this.#session = session
    this.args = args
    if (literal) this.#announce(literal)
    else this.#ended = true
  }

  async *accept(): AsyncIterable<Uint8Array> {
    if (!this.#announced) throw new SyntaxFault('A literal was expected')
    this.#announced = false
    this.#streaming = true
    this.#session.framer.decide('stream')
    if (this.#sync) this.#session.continuation('Send the message')
    while (this.#streaming) {
      const event = await this.#event()
      if (event.kind !== 'data') throw new SyntaxFault('The message broke off')
      this.#streaming = !event.last
      if (event.chunk.length > 0) yield event.chunk
    }
  }

  buffer(): void {
    this.#announced = false
    this.#session.framer.decide('buffer')
    if (this.#sync) this.#session.continuation('Go on')
  }

  async next(): Promise<'literal' | 'end'> {
    if (this.#announced) return 'literal'
    if (this.#ended) return 'end'
    const event = await this.#event()
    if (event.kind === 'literal') {
      this.#announce(event.literal)
      this.args.extend(event.soFar)
      return 'literal'
    }
    this.#ended = true
    if (event.kind !== 'frame') throw new SyntaxFault('The command broke off')
    this.args.extend(event.frame)
    return 'end'
  }

  /** After the command ended early: what the client still sends of it is read and dropped. */
  async skipRest(): Promise<void> {
    while (!this.#ended && !this.#session.closing) {
      if (this.#announced) {
        this.#announced = false
        // After a refused synchronising literal the client sends nothing more of this command.
        if (this.#sync) this.#ended = true
        this.#session.framer.decide('refuse')
        if (!this.#sync) continue
        return
      }
      const event = await this.#event()
      if (event.kind === 'literal') this.#announce(event.literal)
      else if (event.kind !== 'data') this.#ended = true
    }
  }

  #announce(literal: { octets: number; sync: boolean; binary: boolean }): void {
    this.#announced = true
    this.octets = literal.octets
    this.binary = literal.binary
    this.#sync = literal.sync
  }

  async #event() {
    for (;;) {
      const event = this.#session.framer.next()
      if (event) return event
      if (!(await this.#session.more())) throw new Gone()
    }
  }
}

/** The client left in the middle of a command. Nobody is there to be answered. */
export class Gone extends Error {
  override readonly name = 'Gone'
}
