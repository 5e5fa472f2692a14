import { availableParallelism } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import { systemClock } from '#base/clock.ts'
import { openLog } from '#cli/log.ts'
import { contains } from '#config/networks.ts'
import type { Config } from '#config/schema.ts'
import { openDirectory } from '#drivers/directory/directory.ts'
import { connectStore } from '#drivers/embedded/store.ts'
import { openSearchIndex } from '#drivers/fts/search-index.ts'
import { ThreadMetrics } from '#http/thread-metrics.ts'
import { ImapServer } from '#imap/server.ts'
import type { ImapServices } from '#imap/session/services.ts'
import { type Lmtp, startLmtp } from '#lmtp/server.ts'
import type { LmtpServices } from '#lmtp/services.ts'
import type { MailServices } from '#mail/mail.ts'
import { remoteAdmission } from '#net/admission.ts'
import { type Listener, listen } from '#net/listener.ts'
import { loadTls, type TlsMaterial } from '#net/tls.ts'
import { mailServices } from './open.ts'
import { imapSettings, lmtpSettings, mailSettings } from './settings.ts'
import type { FromThread, ThreadData, ToThread } from './thread-protocol.ts'
import { tlsFiles } from './tls-files.ts'

/** A session thread: its own event loop, listeners on the shared ports, read connections, mailbox states and TLS context. */

const { config, thread, version, ticketKeys, store: storePorts, admission: admissionPort } = workerData as ThreadData
const port = parentPort!
const tell = (message: FromThread): void => port.postMessage(message)

const log = openLog({ level: config.log.level, destination: config.log.destination, thread })
const store = await connectStore(config.data.dir, storePorts)
const users = await openDirectory(config.data.dir, {
  createAccount: () => store.createAccount(),
  clock: systemClock,
  log,
  // All threads together as many as there are cores: more would only take turns, and the pool's other threads read files.
  hashesAtOnce: Math.max(1, Math.ceil(availableParallelism() / (config.server.threads ?? availableParallelism()))),
})
let tls: TlsMaterial | null = await loadTls({ ...tlsFiles(config), ticketKeys })

const mail: { -readonly [Name in keyof MailServices]: MailServices[Name] } = {
  ...mailServices(config, store),
  index: openSearchIndex(config.data.dir, store.feed),
}

const metrics = new ThreadMetrics()
mail.metadata = metrics.timed(store.metadata)

const imapServices: { -readonly [Name in keyof ImapServices]: ImapServices[Name] } = {
  mail,
  users,
  admission: remoteAdmission(admissionPort),
  log,
  observer: metrics,
  settings: imapSettings(config),
  version,
  tls: () => tls,
}

const imap = new ImapServer(imapServices)
const lmtpServices: { -readonly [Name in keyof LmtpServices]: LmtpServices[Name] } = {
  mail,
  users,
  log,
  settings: lmtpSettings(config),
  observe: delivery => metrics.delivery(delivery),
}
let lmtp: Lmtp | null = null
metrics.countSessions(() => ({ imap: imap.sessions, lmtp: lmtp?.sessions ?? 0 }))
const listeners: Listener[] = []

async function open(config: Config): Promise<void> {
  const { listen: at } = config
  const proxies = contains(at.proxyFrom)
  const accept = (connection: Parameters<ImapServer['accept']>[0]) => void imap.accept(connection)
  for (const place of at.imap) listeners.push(await listen({ at: place, accept, proxies, log }))
  for (const place of at.imaps) listeners.push(await listen({ at: place, accept, proxies, log, tls: () => tls! }))
  // A path, unlike a port, has one listener only.
  lmtp = await startLmtp(
    lmtpServices,
    at.lmtp.filter(({ kind }) => kind === 'tcp' || thread === 1),
  )
}

async function reload(config: Config): Promise<void> {
  mail.settings = mailSettings(config)
  imapServices.settings = imapSettings(config)
  lmtpServices.settings = lmtpSettings(config)
  log.setLevel(config.log.level)
  log.reopen()
  try {
    tls = await loadTls({ ...tlsFiles(config), ticketKeys })
    log.info('tls.reload', { expires: new Date(tls.expiresAt).toISOString() })
  } catch (error) {
    // The certificate in use stays: a broken file must not end the service.
    log.error('tls.error', { err: error })
  }
}

port.on('message', (message: ToThread) => {
  if (message.kind === 'reload') void reload(message.config)
  else if (message.kind === 'drain') void drain(message.sessionsPerSecond, message.timeoutMs)
  else tell({ kind: 'measured', id: message.id, snapshot: metrics.snapshot() })
})

async function drain(sessionsPerSecond: number, timeoutMs: number): Promise<void> {
  await Promise.all(listeners.map(listener => listener.stop()))
  await Promise.all([imap.drain(sessionsPerSecond, timeoutMs), lmtp?.drain(timeoutMs)])
  await users.close()
  await store.close()
  log.close()
  tell({ kind: 'drained' })
  port.close()
}

try {
  await open(config)
  tell({ kind: 'ready' })
} catch (error) {
  tell({ kind: 'failed', message: error instanceof Error ? error.message : String(error) })
}
