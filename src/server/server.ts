import { mkdir } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { MessageChannel } from 'node:worker_threads'
import { systemClock } from '#base/clock.ts'
import type { ServeRequest } from '#cli/composition.ts'
import { Exit, Failure } from '#cli/exits.ts'
import { type OpenedLog, openLog } from '#cli/log.ts'
import { version } from '#cli/version.ts'
import type { Config } from '#config/schema.ts'
import { connectStore } from '#drivers/embedded/store.ts'
import { startWriters, type WriterSet } from '#drivers/embedded/writers.ts'
import { type Http, startHttp } from '#http/server.ts'
import { MemoryAdmission, serveAdmission } from '#net/admission.ts'
import { ensureSelfSigned } from '#net/self-signed.ts'
import { newTicketKeys } from '#net/tls.ts'
import { IndexKeeper } from './index-keeper.ts'
import { MaintenanceJob } from './maintenance.ts'
import { type SessionThread, startSessionThread } from './session-threads.ts'
import { welcome } from './welcome.ts'

/** The main thread: starts and supervises the others, answers operators, drains. */
export async function serve(request: ServeRequest): Promise<number> {
  let { config } = request
  // First of all: a signal that comes while we start must find a handler. It is obeyed once everything stands.
  const stopped = stopSignal()
  const hangups = new Hangups()
  const log = openLog({ level: config.log.level, destination: config.log.destination, thread: 0 })
  await mkdir(config.data.dir, { recursive: true, mode: 0o700 })
  if (config.tls.certFile === null) await ensureSelfSigned(config.data.dir)

  const failure = Promise.withResolvers<string>()
  const writers = await startWriters(config.data.dir, { onFailure: fault => failure.resolve(fault.message) })
  const admission = new MemoryAdmission({
    sessionsPerAccount: config.limits.sessionsPerAccount,
    sessionsPerAddress: config.limits.sessionsPerAddress,
  })
  const ticketKeys = newTicketKeys()
  const count = config.server.threads ?? availableParallelism()
  const threads: SessionThread[] = []
  let ready = false
  let http: Http
  try {
    for (let thread = 1; thread <= count; thread++) {
      const { port1, port2 } = new MessageChannel()
      serveAdmission(port1, admission)
      const data = { config, thread, version: version(), ticketKeys, admission: port2 }
      threads.push(await startSessionThread(data, writers, message => failure.resolve(message)))
    }
    http = await startHttp(
      {
        log,
        metricsPrefix: config.metrics.prefix,
        ready: () => ready,
        metrics: async () =>
          (await Promise.all(threads.map(thread => thread.measure()))).filter(snapshot => snapshot !== null),
      },
      config.listen.http,
    )
  } catch (error) {
    await Promise.all(threads.map(thread => thread.end()))
    await writers.stop()
    throw new Failure(Exit.unavailable, `the server did not start: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    })
  }
  const store = await connectStore(config.data.dir, writers.ports())
  const maintenance = new MaintenanceJob(store, config.mail.keepExpungedMs, log, systemClock)
  const index = new IndexKeeper(config, writers, log)
  if (request.demo) await welcome(config, request.print)
  ready = true
  log.info('server.ready', { listen: config.listen, threads: count })

  hangups.obey(() => {
    const loaded = request.reload()
    for (const fault of loaded.faults) log.warn('config.reload', { fault })
    if (loaded.faults.some(fault => fault.severity === 'error')) return
    config = loaded.config
    log.info('config.reload')
    log.setLevel(config.log.level)
    log.reopen()
    maintenance.keepExpungedMs = config.mail.keepExpungedMs
    index.reload(config)
    for (const thread of threads) thread.post({ kind: 'reload', config })
  })
  const ended = await Promise.race([stopped, failure.promise])
  hangups.ignore()
  ready = false
  await Promise.all([maintenance.stop(), index.stop()])
  await store.close()
  const exit = await shutDown(ended, config, threads, writers, log)
  await http.close()
  log.info('server.stop')
  log.close()
  return exit
}

async function shutDown(
  why: NodeJS.Signals | string,
  { drain }: Config,
  threads: readonly SessionThread[],
  writers: WriterSet,
  log: OpenedLog,
): Promise<number> {
  log.info('server.drain', { why })
  // A second signal means now.
  const impatient = stopSignal()
  const rate = Math.max(1, drain.sessionsPerSecond / threads.length)
  const drained = Promise.all(threads.map(thread => thread.drain(rate, drain.timeoutMs)))
  await Promise.race([drained, impatient])
  await Promise.all(threads.map(thread => thread.end()))
  await writers.stop()
  return why === 'SIGTERM' || why === 'SIGINT' ? Exit.ok : Exit.bug
}

function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise(resolve => {
    const stop = (signal: NodeJS.Signals) => {
      process.off('SIGTERM', stop)
      process.off('SIGINT', stop)
      resolve(signal)
    }
    process.on('SIGTERM', stop)
    process.on('SIGINT', stop)
  })
}

/** SIGHUP, remembered until somebody obeys. */
class Hangups {
  #waiting = false
  #act: () => void = () => {
    this.#waiting = true
  }
  readonly #heard = () => this.#act()

  constructor() {
    process.on('SIGHUP', this.#heard)
  }

  obey(act: () => void): void {
    this.#act = act
    if (this.#waiting) act()
  }

  /** Of a server that goes down anyway. */
  ignore(): void {
    this.#act = () => {}
  }
}
