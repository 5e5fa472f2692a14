import { mkdir } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { extname } from 'node:path'
import { MessageChannel, Worker } from 'node:worker_threads'
import { systemClock } from '#base/clock.ts'
import type { ServeRequest } from '#cli/composition.ts'
import { Exit } from '#cli/exits.ts'
import { type OpenedLog, openLog } from '#cli/log.ts'
import { version } from '#cli/version.ts'
import type { Config } from '#config/schema.ts'
import { connectStore } from '#drivers/embedded/store.ts'
import { startWriters, type WriterSet } from '#drivers/embedded/writers.ts'
import { MemoryAdmission, serveAdmission } from '#net/admission.ts'
import { ensureSelfSigned } from '#net/self-signed.ts'
import { newTicketKeys } from '#net/tls.ts'
import { MaintenanceJob } from './maintenance.ts'
import type { FromThread, ThreadData, ToThread } from './thread-protocol.ts'
import { welcome } from './welcome.ts'

/** The main thread: starts and supervises the others, answers operators, drains. */
export async function serve(request: ServeRequest): Promise<number> {
  let { config } = request
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
  try {
    for (let thread = 1; thread <= count; thread++) {
      const { port1, port2 } = new MessageChannel()
      serveAdmission(port1, admission)
      const data = { config, thread, version: version(), ticketKeys, admission: port2 }
      threads.push(await startThread(data, writers, message => failure.resolve(message)))
    }
  } catch (error) {
    await writers.stop()
    throw error
  }
  const store = await connectStore(config.data.dir, writers.ports())
  const maintenance = new MaintenanceJob(store, config.mail.keepExpungedMs, log, systemClock)
  if (request.demo) await welcome(config, request.print)
  log.info('server.ready', { listen: config.listen, threads: count })

  const onHangup = () => {
    const loaded = request.reload()
    for (const fault of loaded.faults) log.warn('config.reload', { fault })
    if (loaded.faults.some(fault => fault.severity === 'error')) return
    config = loaded.config
    log.info('config.reload')
    log.setLevel(config.log.level)
    log.reopen()
    maintenance.keepExpungedMs = config.mail.keepExpungedMs
    for (const thread of threads) thread.post({ kind: 'reload', config })
  }
  process.on('SIGHUP', onHangup)
  const ended = await Promise.race([stopSignal(), failure.promise])
  process.off('SIGHUP', onHangup)
  await maintenance.stop()
  await store.close()
  return await shutDown(ended, config, threads, writers, log)
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
  log.info('server.stop')
  log.close()
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

type SessionThread = {
  post(message: ToThread): void
  drain(sessionsPerSecond: number, timeoutMs: number): Promise<void>
  end(): Promise<void>
}

async function startThread(
  data: Omit<ThreadData, 'store'>,
  writers: WriterSet,
  failed: (message: string) => void,
): Promise<SessionThread> {
  // The built program has .js where the sources have .ts.
  const file = new URL(`./session-thread${extname(import.meta.url)}`, import.meta.url)
  const store = writers.ports()
  const workerData: ThreadData = { ...data, store }
  const worker = new Worker(file, {
    workerData,
    transferList: [...store, data.admission],
    name: `sessions ${data.thread}`,
  })
  const drained = Promise.withResolvers<void>()
  const ready = Promise.withResolvers<void>()
  const exited = new Promise<void>(resolve => worker.once('exit', () => resolve()))
  let draining = false
  worker.on('message', (message: FromThread) => {
    if (message.kind === 'ready') ready.resolve()
    else if (message.kind === 'failed') ready.reject(new Error(message.message))
    else if (message.kind === 'drained') drained.resolve()
  })
  worker.on('error', error => {
    ready.reject(error)
    failed(`a session thread failed: ${error instanceof Error ? error.message : error}`)
  })
  void exited.then(() => {
    drained.resolve()
    if (!draining) failed('a session thread ended')
  })
  const post = (message: ToThread) => worker.postMessage(message)
  await ready.promise
  return {
    post,
    drain(sessionsPerSecond, timeoutMs) {
      draining = true
      post({ kind: 'drain', sessionsPerSecond, timeoutMs })
      return drained.promise
    },
    async end() {
      draining = true
      await worker.terminate()
    },
  }
}
