import { utf8Octets } from '#base/bytes.ts'
import { Refusal } from '#base/errors.ts'
import type { Appended, MailboxRow } from '#ports/metadata.ts'
import { Ingest, tooBig } from './ingest.ts'
import { LineEnds } from './line-ends.ts'
import { type Mail, type MailServices, openMail } from './mail.ts'
import { createMailbox } from './mailboxes.ts'
import { INBOX, lookupName } from './names.ts'
import { overQuota, roomOf } from './quota.ts'
import type { Recipient } from './recipient.ts'

export type DeliverySettings = {
  /** Whether a folder that is named in a recipient is created when it is missing; otherwise such mail goes to INBOX. */
  readonly createDetailFolder: boolean
}

/** A recipient whose mail is open. */
export type Destination = Recipient & { readonly mail: Mail }

/** What became of the message for one recipient. */
export type Outcome = { readonly destination: Destination } & (
  | { readonly stored: Appended; readonly mailbox: MailboxRow; readonly octets: number }
  | { readonly error: unknown }
)

/** How the message is marked; both empty for mail that comes by itself. */
export type DeliveryLabels = { readonly flags: number; readonly keywords: readonly string[] }

/**
 * Opens the recipient's mail for a message of about `octets` (0 when unknown).
 * @throws {Refusal} `over-quota` when it is certain already that the message has no room
 */
export async function openDestination(
  services: MailServices,
  recipient: Recipient,
  octets: number,
): Promise<Destination> {
  const mail = await openMail(services, recipient.user.account)
  const room = roomOf(await mail.metadata.account(mail.account))
  if (room.messages < 1 || room.octets < Math.max(1, octets)) throw overQuota()
  return { ...recipient, mail }
}

/**
 * One message on its way to several recipients. Each gets a message of its own, with a Return-Path and a Delivered-To that are part of what
 * is stored; a failure for one is none for the others. Bare line feeds become CRLF. Equal messages are not told apart: delivering
 * twice stores twice.
 *
 *   await using delivery = new Delivery(services, settings, sender, destinations)
 *   await delivery.write(chunk)
 *   const outcomes = await delivery.finish()   // in the order of the destinations; what is stored now survives a power cut
 */
export class Delivery implements AsyncDisposable {
  readonly #services: MailServices
  readonly #settings: DeliverySettings
  readonly #labels: DeliveryLabels
  readonly #copies: readonly Copy[]
  readonly #lineEnds = new LineEnds()
  #octets = 0

  constructor(
    services: MailServices,
    settings: DeliverySettings,
    sender: string,
    destinations: readonly Destination[],
    labels: DeliveryLabels = { flags: 0, keywords: [] },
  ) {
    this.#services = services
    this.#settings = settings
    this.#labels = labels
    this.#copies = destinations.map(destination => new Copy(services, destination, sender))
  }

  /** Octets of the message as it came. */
  get octets(): number {
    return this.#octets
  }

  /** Resolves when all copies have taken the chunk. @throws {Refusal} `too-big`, for all recipients */
  async write(chunk: Uint8Array): Promise<void> {
    this.#octets += chunk.length
    if (this.#octets > this.#services.settings.messageOctets) throw tooBig(this.#services)
    const converted = this.#lineEnds.convert(chunk)
    for (const copy of this.#copies) await copy.write(converted)
  }

  /** Stores all copies at once, so that they share the commits. */
  finish(): Promise<readonly Outcome[]> {
    return Promise.all(this.#copies.map(copy => copy.store(this.#settings, this.#labels)))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#copies.map(copy => copy.discard()))
  }
}

/** The message for one recipient. */
class Copy {
  readonly #destination: Destination
  readonly #ingest: Ingest
  #prefix: Uint8Array | null
  #error: unknown = null

  constructor(services: MailServices, destination: Destination, sender: string) {
    this.#destination = destination
    // What is added here must not make a message too big that had the size it may have.
    this.#ingest = new Ingest({
      ...services,
      settings: { ...services.settings, messageOctets: Number.POSITIVE_INFINITY },
    })
    this.#prefix = prefix(sender, destination.address)
  }

  async write(chunk: Uint8Array): Promise<void> {
    if (this.#error !== null) return
    try {
      if (this.#prefix) await this.#ingest.write(this.#prefix)
      this.#prefix = null
      const taken = this.#ingest.write(chunk)
      if (taken) await taken
    } catch (error) {
      this.#error = error
    }
  }

  async store(settings: DeliverySettings, labels: DeliveryLabels): Promise<Outcome> {
    const destination = this.#destination
    const { mail } = destination
    try {
      await this.write(new Uint8Array(0))
      if (this.#error !== null) throw this.#error
      const mailbox = await folderFor(destination, settings)
      const message = await this.#ingest.finish({ ...labels, receivedAt: mail.clock.now(), zone: 0 })
      const stored = await mail.metadata.append(mail.account, mailbox.id, [message])
      return { destination, stored, mailbox, octets: message.body.octets }
    } catch (error) {
      await this.discard()
      return { destination, error }
    }
  }

  discard(): Promise<void> {
    return this.#ingest.discard()
  }
}

/** RFC 5321 §4.4: the final system adds Return-Path; Delivered-To shows which address it was that led here. */
const prefix = (sender: string, address: string): Uint8Array =>
  Buffer.from(utf8Octets(`Return-Path: <${oneLine(sender)}>\r\nDelivered-To: ${oneLine(address)}\r\n`), 'latin1')

const oneLine = (text: string): string => text.replace(/[\u0000-\u001f\u007f]/g, ' ').slice(0, 900)

/**
 * The mailbox a detail names: exactly, else without regard to case, since addresses are written in any case. A missing one is created when
 * the setting says so and the name can be one; in all other cases mail goes where it surely is seen.
 */
async function folderFor({ mail, detail }: Destination, settings: DeliverySettings): Promise<MailboxRow> {
  if (detail !== null) {
    const exact = await mail.metadata.mailboxNamed(mail.account, lookupName(detail))
    const found =
      exact ?? (await findAnyCase(mail, detail)) ?? (settings.createDetailFolder ? await tryCreate(mail, detail) : null)
    if (found) return found
  }
  const inbox = await mail.metadata.mailboxNamed(mail.account, INBOX)
  if (!inbox) throw new Refusal('mailbox-missing', 'The account has no INBOX')
  return inbox
}

async function findAnyCase(mail: Mail, name: string): Promise<MailboxRow | null> {
  const wanted = lookupName(name).toLowerCase()
  const all = await mail.metadata.mailboxes(mail.account)
  return all.find(row => row.name.toLowerCase() === wanted) ?? null
}

async function tryCreate(mail: Mail, name: string): Promise<MailboxRow | null> {
  try {
    const row = await createMailbox(mail, name, null)
    // Clients that show subscribed folders only would never show this one.
    await mail.metadata.setSubscribed(mail.account, [row.name], true)
    return row
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    // Another delivery may have made it meanwhile; or the name cannot be one.
    return mail.metadata.mailboxNamed(mail.account, lookupName(name))
  }
}
