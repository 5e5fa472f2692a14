/** The mail of one account on a store in memory: for tests of the core and of commands, without sockets. */
import type { Clock } from '#base/clock.ts'
import type { MailboxId } from '#base/ids.ts'
import { openStoreInProcess } from '#drivers/embedded/store.ts'
import { formatBodyStructure } from '#imap/wire/bodystructure.ts'
import { formatEnvelope } from '#imap/wire/envelope.ts'
import { Ingest } from '#mail/ingest.ts'
import { type Mail, openMail } from '#mail/mail.ts'
import { States } from '#mail/states.ts'
import { View } from '#mail/view.ts'
import type { IndexFeed } from '#ports/search-index.ts'

export type Delivery = {
  readonly octets: Uint8Array | string
  readonly flags?: number
  readonly keywords?: readonly string[]
  readonly receivedAt?: number
  readonly zone?: number
}

export type MemoryMail = AsyncDisposable & {
  readonly mail: Mail
  readonly inbox: MailboxId
  /** What a search index is told. */
  readonly feed: IndexFeed
  /** Stores messages in INBOX, in this order. */
  deliver(...messages: readonly Delivery[]): Promise<readonly number[]>
  /** What a session sees that selects INBOX now. */
  select(): Promise<View>
}

export async function openMemoryMail(clock: Clock = { now: () => Date.UTC(2026, 0, 1) }): Promise<MemoryMail> {
  const store = await openStoreInProcess(':memory:', { now: () => clock.now() })
  const mail = await openMail(
    {
      metadata: store.metadata,
      blobs: store.blobs,
      bus: store.bus,
      states: new States(store.metadata),
      clock,
      present: facts => ({
        envelope: formatEnvelope(facts.envelope),
        bodyStructure: formatBodyStructure(facts.structure),
      }),
      settings: { messageOctets: 1024 * 1024 * 1024, folders: [] },
    },
    await store.createAccount(),
  )
  const inbox = (await mail.metadata.mailboxNamed(mail.account, 'INBOX'))!.id
  return {
    mail,
    inbox,
    feed: store.feed,
    async deliver(...messages) {
      const uids: number[] = []
      for (let i = 0; i < messages.length; i += 500) {
        const ready = await Promise.all(messages.slice(i, i + 500).map(message => ingest(mail, message)))
        uids.push(...(await mail.metadata.append(mail.account, inbox, ready)).uids)
      }
      return uids
    },
    async select() {
      return new View(await mail.states.acquire(mail.account, inbox), false)
    },
    [Symbol.asyncDispose]: () => store.close(),
  }
}

async function ingest(mail: Mail, { octets, flags = 0, keywords = [], receivedAt = 0, zone = 0 }: Delivery) {
  const message = new Ingest(mail)
  await message.write(typeof octets === 'string' ? Buffer.from(octets, 'utf8') : octets)
  return message.finish({ flags, keywords, receivedAt, zone })
}
