import { mkdir } from 'node:fs/promises'
import { systemClock } from '#base/clock.ts'
import type { AccountId } from '#base/ids.ts'
import { silentLog } from '#base/log.ts'
import type { Opened } from '#cli/composition.ts'
import type { Config } from '#config/schema.ts'
import { openDirectory } from '#drivers/directory/directory.ts'
import { type EmbeddedStore, openStoreInProcess } from '#drivers/embedded/store.ts'
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
