import { createHash, type Hash, hash } from 'node:crypto'
import { uid } from '#base/ids.ts'
import { Ingest } from '#mail/ingest.ts'
import type { Mail } from '#mail/mail.ts'
import type { NewMessage } from '#ports/metadata.ts'
import { DIGEST_OCTETS } from './digest-counts.ts'
import type { Labels } from './source.ts'

/** Octets of a message that wait in memory: it may turn out that it is here already, and then nothing was done for it. */
const HELD_OCTETS = 256 * 1024

/** A message on its way in: known by its digest before it is parsed and staged, unless it is large. */
export class Incoming {
  readonly place: string
  readonly #mail: Mail
  readonly #stages: boolean
  #held: Uint8Array[] = []
  #hash: Hash | null = null
  #ingest: Ingest | null = null
  #octets = 0

  /** `stages`: false for a dry run, which only counts. */
  constructor(mail: Mail, place: string, stages: boolean) {
    this.#mail = mail
    this.place = place
    this.#stages = stages
  }

  get octets(): number {
    return this.#octets
  }

  get isTooBig(): boolean {
    return this.#octets > this.#mail.settings.messageOctets
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#octets += bytes.length
    if (this.isTooBig) return this.discard()
    if (this.#hash === null && this.#octets <= HELD_OCTETS) {
      this.#held.push(bytes)
      return
    }
    if (this.#hash === null) {
      this.#hash = createHash('sha256')
      if (this.#stages) this.#ingest = new Ingest(this.#mail)
      for (const early of this.#held) await this.#pass(early)
      this.#held = []
    }
    await this.#pass(bytes)
  }

  /** Of all octets; once. */
  digest(): Buffer {
    if (this.#hash !== null) return this.#hash.digest().subarray(0, DIGEST_OCTETS)
    if (this.#held.length > 1) this.#held = [Buffer.concat(this.#held)]
    return hash('sha256', this.#held[0] ?? new Uint8Array(), 'buffer').subarray(0, DIGEST_OCTETS)
  }

  async finish({ receivedAt, zone, flags, keywords, uid: asked }: Labels, keepsUids: boolean): Promise<NewMessage> {
    this.#ingest ??= new Ingest(this.#mail)
    for (const bytes of this.#held) {
      const written = this.#ingest.write(bytes)
      if (written instanceof Promise) await written
    }
    this.#held = []
    const message = await this.#ingest.finish({ flags, keywords, receivedAt: receivedAt ?? 0, zone })
    const { sentAt, sentZone } = message.facts.sort
    // Where nobody knows when it came, it came when it was sent, or now.
    const came =
      receivedAt === null
        ? sentAt === null
          ? { receivedAt: this.#mail.clock.now() }
          : { receivedAt: sentAt, zone: sentZone }
        : {}
    return { ...message, ...came, ...(keepsUids && asked !== null ? { uid: uid(asked) } : {}) }
  }

  async discard(): Promise<void> {
    this.#held = []
    const ingest = this.#ingest
    this.#ingest = null
    await ingest?.discard()
  }

  async #pass(bytes: Uint8Array): Promise<void> {
    this.#hash!.update(bytes)
    await this.#ingest?.write(bytes)
  }
}
