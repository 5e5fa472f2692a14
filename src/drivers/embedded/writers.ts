import { extname } from 'node:path'
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads'
import { StoreFault } from '#base/errors.ts'
import { openDirectory } from './directory.ts'
import type { StoreOptions } from './store.ts'
import type { ToThread, WriterData } from './writer-thread.ts'

/** The writer threads of a data directory; owned by the main thread. */
export type WriterSet = {
  /** Ports for one more client thread, one for each shard: hand them over in `workerData` with a `transferList`. */
  ports(): MessagePort[]
  /** Carries out what is waiting, then ends the threads. */
  stop(): Promise<void>
}

export type WriterOptions = StoreOptions & {
  /** A writer ended without being told to; its clients' requests are rejected, and the process should end. */
  readonly onFailure?: (fault: StoreFault) => void
}

/** Makes or opens the data directory and starts a writer for each of its shards. */
export async function startWriters(root: string, options: WriterOptions = {}): Promise<WriterSet> {
  const { shards } = openDirectory(root, options.shards)
  let stopping = false
  const fail = (cause: unknown) => {
    if (stopping) return
    // Told once: a thread that throws also exits, and the others are of no use without it.
    stopping = true
    options.onFailure?.(new StoreFault('unavailable', 'a writer of the store ended', { cause }))
  }
  const workers = await Promise.all(
    Array.from({ length: shards }, (_, shard) =>
      startWriter({ root, shard, shards, segmentOctets: options.segmentOctets }, fail),
    ),
  )
  return {
    ports() {
      return workers.map(worker => {
        const { port1, port2 } = new MessageChannel()
        worker.postMessage({ kind: 'attach', port: port1 } satisfies ToThread, [port1])
        return port2
      })
    },
    async stop() {
      stopping = true
      await Promise.all(
        workers.map(worker => {
          const ended = new Promise(resolve => worker.once('exit', resolve))
          worker.postMessage({ kind: 'stop' } satisfies ToThread)
          return worker.threadId === -1 ? undefined : ended
        }),
      )
    },
  }
}

async function startWriter(data: WriterData, fail: (cause: unknown) => void): Promise<Worker> {
  // The built program has .js where the sources have .ts.
  const file = new URL(`./writer-thread${extname(import.meta.url)}`, import.meta.url)
  const worker = new Worker(file, { workerData: data, name: `writer ${data.shard}` })
  await new Promise<void>((resolve, reject) => {
    worker.once('message', () => resolve())
    worker.once('error', reject)
    worker.once('exit', () => reject(new StoreFault('unavailable', 'a writer of the store did not start')))
  })
  worker.on('error', fail)
  worker.on('exit', fail)
  return worker
}
