import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { WriterSet } from '#drivers/embedded/writers.ts'
import type { Snapshot } from '#http/metrics.ts'
import type { FromThread, ThreadData, ToThread } from './thread-protocol.ts'

/** How long a scrape waits for a thread that is busy, milliseconds. */
const MEASURE_MS = 2_000
/** New objects of one thread before their garbage is looked for. V8 would take 48; streams make garbage fast and keep none of it. */
const YOUNG_MIB = 12

/** The main thread's hold on a session thread. */
export type SessionThread = {
  post(message: ToThread): void
  /** Its metrics; null when it does not answer in time. */
  measure(): Promise<Snapshot | null>
  /** Resolves when the last session is gone. */
  drain(sessionsPerSecond: number, timeoutMs: number): Promise<void>
  end(): Promise<void>
}

/** Resolves when the thread listens. `failed` is called when it ends without having been told to. @throws {Error} saying why it cannot */
export async function startSessionThread(
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
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MIB },
  })
  const drained = Promise.withResolvers<void>()
  const ready = Promise.withResolvers<void>()
  const measuring = new Map<number, (snapshot: Snapshot | null) => void>()
  let measured = 0
  let draining = false
  worker.on('message', (message: FromThread) => {
    if (message.kind === 'ready') ready.resolve()
    else if (message.kind === 'failed') ready.reject(new Error(message.message))
    else if (message.kind === 'drained') drained.resolve()
    else measuring.get(message.id)?.(message.snapshot)
  })
  worker.on('error', error => {
    ready.reject(error)
    failed(`a session thread failed: ${error instanceof Error ? error.message : error}`)
  })
  worker.once('exit', () => {
    ready.reject(new Error('a session thread ended'))
    drained.resolve()
    if (!draining) failed('a session thread ended')
  })
  const post = (message: ToThread) => worker.postMessage(message)
  await ready.promise
  return {
    post,
    async measure() {
      const id = ++measured
      const answer = Promise.withResolvers<Snapshot | null>()
      const timer = setTimeout(() => answer.resolve(null), MEASURE_MS)
      measuring.set(id, answer.resolve)
      post({ kind: 'measure', id })
      try {
        return await answer.promise
      } finally {
        clearTimeout(timer)
        measuring.delete(id)
      }
    },
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
