/** The IMAP server inside the test's own process, on a store in memory: what a transcript or a model test talks to. */
import { mkdtempDisposable } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Clock, systemClock } from '#base/clock.ts'
import { limits } from '#base/limits.ts'
import { silentLog } from '#base/log.ts'
import { openDirectory } from '#drivers/directory/directory.ts'
import { type EmbeddedStore, openStoreInProcess } from '#drivers/embedded/store.ts'
import { ImapServer } from '#imap/server.ts'
import type { ImapSettings } from '#imap/session/services.ts'
import { Ingest } from '#mail/ingest.ts'
import { type Mail, type MailServices, openMail } from '#mail/mail.ts'
import { mailboxNamed } from '#mail/mailboxes.ts'
import { States } from '#mail/states.ts'
import { MemoryAdmission } from '#net/admission.ts'
import { listen } from '#net/listener.ts'
import { ensureSelfSigned } from '#net/self-signed.ts'
import { loadTls } from '#net/tls.ts'
import type { UserAdmin } from '#ports/users.ts'
import { present } from '../../src/server/open.ts'

export const login = 'alice'
export const password = 'open sesame'

export interface InProcess extends AsyncDisposable {
  readonly port: number
  readonly tlsPort: number
  readonly mail: Mail
  readonly users: UserAdmin
  readonly store: EmbeddedStore
  /** Puts a message into a mailbox as a delivery would. */
  put(
    mailbox: string,
    message: Uint8Array,
    labels?: { flags?: number; keywords?: readonly string[]; receivedAt?: number; zone?: number },
  ): Promise<number>
}

const defaults: ImapSettings = {
  appendLimit: 128 * 1024 * 1024,
  messageLimit: null,
  saveLimit: null,
  commandOctetsAnonymous: limits.commandOctetsAnonymous,
  commandOctets: limits.commandOctets,
  literalOctets: limits.literalOctets,
  loginMs: 60_000,
  idleMs: 60_000,
  heartbeatMs: 60_000,
  pollMs: 60_000,
  shedsBackground: false,
  mechanisms: ['PLAIN', 'LOGIN', 'SCRAM-SHA-1', 'SCRAM-SHA-256', 'SCRAM-SHA-1-PLUS', 'SCRAM-SHA-256-PLUS', 'EXTERNAL'],
  trustsPlaintext: () => true,
}

export async function serveInProcess(
  settings: Partial<ImapSettings> = {},
  clock: Clock = systemClock,
): Promise<InProcess> {
  const folder = await mkdtempDisposable(join(tmpdir(), 'rookery-test-'))
  const store = await openStoreInProcess(':memory:')
  const users = await openDirectory(folder.path, {
    createAccount: () => store.createAccount(),
    clock: systemClock,
    log: silentLog,
    hashing: { memoryKib: 8, passes: 1, parallelism: 1 },
  })
  const services: MailServices = {
    metadata: store.metadata,
    blobs: store.blobs,
    bus: store.bus,
    states: new States(store.metadata),
    clock,
    present,
    settings: {
      messageOctets: defaults.appendLimit,
      folders: [
        { name: 'Archive', role: 'archive' },
        { name: 'Drafts', role: 'drafts' },
        { name: 'Junk', role: 'junk' },
        { name: 'Sent', role: 'sent' },
        { name: 'Trash', role: 'trash' },
      ],
    },
  }
  const { account } = await users.add(login, password)
  const mail = await openMail(services, account)
  const { cert, key } = await ensureSelfSigned(folder.path)
  const tls = await loadTls({ cert, key })
  const server = new ImapServer({
    mail: services,
    users,
    admission: new MemoryAdmission({ sessionsPerAccount: 100, sessionsPerAddress: 1000 }),
    log: silentLog,
    settings: { ...defaults, ...settings },
    version: '0.0.0',
    tls: () => tls,
  })
  const accept = (connection: Parameters<ImapServer['accept']>[0]) => void server.accept(connection)
  const clear = await listen({ at: { host: '127.0.0.1', port: 0 }, accept })
  const secure = await listen({ at: { host: '127.0.0.1', port: 0 }, accept, tls: () => tls })
  const portOf = ({ address }: typeof clear) => ('port' in address ? address.port : 0)

  return {
    port: portOf(clear),
    tlsPort: portOf(secure),
    mail,
    users,
    store,
    async put(mailbox, message, labels = {}) {
      const row = await mailboxNamed(mail, mailbox)
      const ingest = new Ingest(mail)
      await ingest.write(message)
      const { flags = 0, keywords = [], receivedAt = Date.UTC(2026, 0, 2, 3, 4, 5), zone = 0 } = labels
      const appended = await mail.metadata.append(account, row.id, [
        await ingest.finish({ flags, keywords, receivedAt, zone }),
      ])
      return appended.uids[0]!
    },
    async [Symbol.asyncDispose]() {
      await clear.stop()
      await secure.stop()
      await server.drain(10_000, 1_000)
      await users.close()
      await store.close()
      await folder.remove()
    },
  }
}
