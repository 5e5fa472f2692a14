import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Latencies } from './latencies.ts'

export type NeighbourSetup = { readonly port: number; readonly user: string; readonly password: string }

/** What the neighbour felt since the last mark; `fault` when something was answered wrongly or not at all. */
export type NeighbourReport = { readonly noop: Latencies; readonly idle: Latencies; readonly fault: string | null }

export class Neighbour implements AsyncDisposable {
  readonly #worker: Worker

  private constructor(worker: Worker) {
    this.#worker = worker
  }

  static async start(setup: NeighbourSetup): Promise<Neighbour> {
    const worker = new Worker(new URL('./neighbour-thread.ts', import.meta.url), { workerData: setup })
    await once(worker, 'message')
    return new Neighbour(worker)
  }

  mark(): void {
    this.#worker.postMessage('mark')
  }

  async report(): Promise<NeighbourReport> {
    this.#worker.postMessage('report')
    const [report] = await once(this.#worker, 'message')
    return report as NeighbourReport
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#worker.postMessage('stop')
    await once(this.#worker, 'exit')
  }
}
