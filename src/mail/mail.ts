import type { Octets } from '#base/bytes.ts'
import type { Clock } from '#base/clock.ts'
import type { AccountId } from '#base/ids.ts'
import type { MessageFacts } from '#mime/facts.ts'
import type { BlobStore } from '#ports/blobs.ts'
import type { Bus } from '#ports/bus.ts'
import type { Metadata, Role } from '#ports/metadata.ts'
import type { SearchIndex } from '#ports/search-index.ts'
import type { States } from './states.ts'

/** ENVELOPE and BODYSTRUCTURE ready to send. Made by the protocol that shows them, handed in so that the core need not know it. */
export type Present = (facts: MessageFacts) => { readonly envelope: Octets; readonly bodyStructure: Octets }

export type MailSettings = {
  /** Largest message that is taken, octets. */
  readonly messageOctets: number
  /** Mailboxes that every account has beside INBOX. */
  readonly folders: readonly { readonly name: string; readonly role: Role | null }[]
}

/** What all accounts of a thread share. */
export type MailServices = {
  readonly metadata: Metadata
  readonly blobs: BlobStore
  readonly bus: Bus
  readonly states: States
  readonly clock: Clock
  readonly present: Present
  readonly settings: MailSettings
  /** Where texts are; without it, searches read the mail. */
  readonly index?: SearchIndex
}

/** The mail of one account: the services with the account that they are used for. Every use case takes it first. */
export type Mail = MailServices & { readonly account: AccountId }

/** Opens an account's mail; the first time, its default mailboxes are made and subscribed. */
export async function openMail(services: MailServices, account: AccountId): Promise<Mail> {
  const mail = { ...services, account }
  const mailboxes = await services.metadata.mailboxes(account)
  if (mailboxes.length > 1) return mail
  const missing = services.settings.folders.filter(folder => !mailboxes.some(has => has.name === folder.name))
  if (missing.length === 0) return mail
  try {
    const folders = missing.map(({ name, role }) => (role ? { name, role } : { name }))
    await services.metadata.createMailboxes(account, folders)
    await services.metadata.setSubscribed(account, ['INBOX', ...missing.map(folder => folder.name)], true)
  } catch (error) {
    // Two first logins at once: the other one made them.
    if ((await services.metadata.mailboxes(account)).length <= 1) throw error
  }
  return mail
}
