import { Refusal } from '#base/errors.ts'
import type { MessageFacts } from '#mime/facts.ts'
import { MessageParser } from '#mime/message.ts'
import type { BlobStage, StagedBlob } from '#ports/blobs.ts'
import type { NewMessage } from '#ports/metadata.ts'
import type { MailServices } from './mail.ts'

export type MessageLabels = Pick<NewMessage, 'flags' | 'keywords' | 'receivedAt' | 'zone'>

/**
 * One message on its way in: parsed while it streams, so that nothing of it is ever parsed again. `finish` gives what an intent
 * needs; until the intent resolves nothing is promised. `discard` gives it up.
 */
export class Ingest {
  readonly #services: MailServices
  readonly #stage: BlobStage
  readonly #parser = new MessageParser()
  #octets = 0

  constructor(services: MailServices) {
    this.#services = services
    this.#stage = services.blobs.stage()
  }

  get octets(): number {
    return this.#octets
  }

  /** @throws {Refusal} `too-big` past the largest message that is taken */
  write(chunk: Uint8Array): void | Promise<void> {
    this.#octets += chunk.length
    if (this.#octets > this.#services.settings.messageOctets) throw tooBig(this.#services)
    this.#parser.write(chunk)
    return this.#stage.write(chunk)
  }

  async finish(labels: MessageLabels): Promise<NewMessage> {
    const { facts, body } = await this.complete()
    return { ...labels, body, facts, ...this.#services.present(facts) }
  }

  async complete(): Promise<{ facts: MessageFacts; body: StagedBlob }> {
    const facts = this.#parser.end()
    return { facts, body: await this.#stage.finish() }
  }

  discard(): Promise<void> {
    return this.#stage.discard()
  }
}

export const tooBig = (services: MailServices): Refusal =>
  new Refusal('too-big', `Messages here have at most ${services.settings.messageOctets} octets`)
