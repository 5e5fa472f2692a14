import { mkdir } from 'node:fs/promises'
import { systemClock } from '#base/clock.ts'
import type { AccountId } from '#base/ids.ts'
import { silentLog } from '#base/log.ts'
import type { CheckReport, CheckRequest, Opened, PurgeReport } from '#cli/composition.ts'
import type { Config } from '#config/schema.ts'
import { openDirectory } from '#drivers/directory/directory.ts'
import { checkStore, type EmbeddedStore, openStoreInProcess } from '#drivers/embedded/store.ts'
import { formatBodyStructure } from '#imap/wire/bodystructure.ts'
import { formatEnvelope } from '#imap/wire/envelope.ts'
import { type Mail, type MailServices, openMail, type Present } from '#mail/mail.ts'
import { States } from '#mail/states.ts'
import type { UserAdmin } from '#ports/users.ts'
import { mailSettings } from './settings.ts'

/** The parts put together for one thread without listeners: verbs, and the first start. A server may run on the same data. */

export const present: Present = facts => ({
  envelope: formatEnvelope(facts.envelope),
  bodyStructure: formatBodyStructure(facts.structure),
})

export function mailServices(config: Config, store: EmbeddedStore): MailServices {
  return {
    metadata: store.metadata,
    blobs: store.blobs,
    bus: store.bus,
    states: new States(store.metadata),
    clock: systemClock,
    present,
    settings: mailSettings(config),
  }
}

export async function openUsers(config: Config): Promise<Opened<UserAdmin>> {
  await mkdir(config.data.dir, { recursive: true, mode: 0o700 })
  const createAccount = () =>
    withStore(config, async store => {
      const account = await store.createAccount()
      const { quotaOctets, quotaMessages } = config.mail
      if (quotaOctets !== null || quotaMessages !== null) {
        await store.metadata.setQuota(account, { octets: quotaOctets, messages: quotaMessages })
      }
      return account
    })
  const deleteAccount = (account: AccountId) => withStore(config, store => store.deleteAccount(account))
  return await openDirectory(config.data.dir, { createAccount, deleteAccount, clock: systemClock, log: silentLog })
}

export async function withStore<Answer>(
  config: Config,
  work: (store: EmbeddedStore) => Promise<Answer>,
): Promise<Answer> {
  const store = await openStoreInProcess(config.data.dir)
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}

/** Opens the account's mail for as long as `work` takes. */
export async function withMail<Answer>(
  config: Config,
  account: AccountId,
  work: (mail: Mail) => Promise<Answer>,
): Promise<Answer> {
  return await withStore(config, async store => await work(await openMail(mailServices(config, store), account)))
}

export async function openAccount(config: Config, account: AccountId): Promise<Opened<Mail>> {
  const store = await openStoreInProcess(config.data.dir)
  try {
    return { ...(await openMail(mailServices(config, store), account)), close: () => store.close() }
  } catch (error) {
    await store.close()
    throw error
  }
}

export function check({ data }: Config, { repair, onProgress }: CheckRequest): Promise<CheckReport> {
  return checkStore(data.dir, { repair, onProgress: ({ messages }) => onProgress(messages) })
}

const PURGE_ROWS = 2_000

export async function purge(
  { data }: Config,
  before: number,
  onProgress: (messages: number) => void,
): Promise<PurgeReport> {
  const store = await openStoreInProcess(data.dir)
  try {
    let messages = 0
    for (;;) {
      const gone = await store.metadata.purgeExpunged(before, PURGE_ROWS)
      messages += gone
      onProgress(messages)
      if (gone < PURGE_ROWS) break
    }
    return { messages, octets: (await store.maintain()).octets }
  } finally {
    await store.close()
  }
}
