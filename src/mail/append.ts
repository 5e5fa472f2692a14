import { Refusal } from '#base/errors.ts'
import type { Uid } from '#base/ids.ts'
import { limits } from '#base/limits.ts'
import type { Appended, Expunged, MailboxRow, NewMessage } from '#ports/metadata.ts'
import { Ingest, type MessageLabels, tooBig } from './ingest.ts'
import { requireShort } from './keywords.ts'
import type { Mail } from './mail.ts'
import { targetNamed } from './mailboxes.ts'
import { overQuota, type Room, roomOf } from './quota.ts'

/**
 * Messages on their way into one mailbox, all or none: nothing of them is visible before `commit` resolves, and what was not committed is
 * discarded with this object.
 *
 *   await using appending = await Appending.open(mail, 'Drafts')
 *   appending.begin(labels)        the next message
 *   appending.expect(octets)       more octets are announced: refuses them before they are sent
 *   await appending.write(chunk)   as often as there are chunks
 *   await appending.finish()       the message is whole
 *   await appending.commit()       or replace(...)
 */
export class Appending implements AsyncDisposable {
  readonly target: MailboxRow
  readonly #mail: Mail
  readonly #room: Room
  readonly #ingests: Ingest[] = []
  readonly #messages: NewMessage[] = []
  #labels: MessageLabels | null = null
  #octets = 0
  #held = 0

  private constructor(mail: Mail, target: MailboxRow, room: Room) {
    this.#mail = mail
    this.target = target
    this.#room = room
  }

  /**
   * @param freed octets that the same transaction gives back
   * @throws {Refusal} `target-missing`
   */
  static async open(mail: Mail, name: string, freed: Room = { octets: 0, messages: 0 }): Promise<Appending> {
    const [target, account] = await Promise.all([targetNamed(mail, name), mail.metadata.account(mail.account)])
    const room = roomOf(account)
    return new Appending(mail, target, { octets: room.octets + freed.octets, messages: room.messages + freed.messages })
  }

  /** Octets of the message that is being written. */
  get octets(): number {
    return this.#ingest.octets
  }

  /** @throws {Refusal} `over-quota`, `limit` */
  begin(labels: MessageLabels): void {
    if (this.#ingests.length === limits.appendMessages)
      throw new Refusal('limit', `Append at most ${limits.appendMessages} messages at a time`)
    if (this.#ingests.length + 1 > this.#room.messages) throw overQuota()
    requireShort(labels.keywords)
    this.#labels = labels
    this.#ingests.push(new Ingest(this.#mail))
  }

  /** @throws {Refusal} `too-big`, `over-quota` */
  expect(octets: number): void {
    if (this.octets + octets > this.#mail.settings.messageOctets) throw tooBig(this.#mail)
    if (this.#octets + octets > this.#room.octets) throw overQuota()
  }

  /** Await a promise before the next write. @throws {Refusal} `too-big`, `over-quota` */
  write(chunk: Uint8Array): void | Promise<void> {
    this.#octets += chunk.length
    if (this.#octets > this.#room.octets) throw overQuota()
    return this.#ingest.write(chunk)
  }

  /** @throws {Refusal} `limit` */
  async finish(): Promise<void> {
    this.#held += Math.min(this.octets, limits.appendHeldOfMessage)
    if (this.#held > limits.appendHeldOctets)
      throw new Refusal('limit', 'That is too much mail at a time; append it in several commands')
    this.#messages.push(await this.#ingest.finish(this.#labels!))
  }

  /** @throws {Refusal} `over-quota`: others may have taken the room meanwhile; `target-missing`; `limit` */
  async commit(): Promise<Appended> {
    const { metadata, account } = this.#mail
    const appended = await metadata.append(account, this.target.id, this.#messages)
    this.#ingests.length = 0
    return appended
  }

  /** The one message takes the place of another, in one step. RFC 8508 §3.4 */
  async replace(source: MailboxRow['id'], replaced: Uid): Promise<Appended & { readonly expunged: Expunged }> {
    const { metadata, account } = this.#mail
    const answer = await metadata.replace(account, this.target.id, this.#messages[0]!, source, replaced)
    this.#ingests.length = 0
    return answer
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#ingests.map(ingest => ingest.discard()))
  }

  get #ingest(): Ingest {
    return this.#ingests[this.#ingests.length - 1]!
  }
}
