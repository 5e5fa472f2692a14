import type { MessagePort } from 'node:worker_threads'
import { StoreFault } from '#base/errors.ts'
import type { AccountId } from '#base/ids.ts'
import type { Bus, Hint } from '#ports/bus.ts'
import { errorOf, type FromWriter, type Reply, type Request, type ToWriter } from './protocol.ts'
import type { ShardWriter, WriterClient } from './shard-writer.ts'

/** A client's way to one shard's writer. */
export interface Channel {
  send(request: Omit<Request, 'id'>): Promise<unknown>
  watch(account: AccountId, listener: (hint: Hint) => void): ReturnType<Bus['watch']>
  close(): Promise<void>
}

type Waiting = { readonly resolve: (result: unknown) => void; readonly reject: (error: Error) => void }

/** What both kinds of channel do: give replies to who waits, and hints to who watches. */
abstract class BaseChannel implements Channel {
  readonly #waiting = new Map<number, Waiting>()
  readonly #listeners = new Map<AccountId, Set<(hint: Hint) => void>>()
  #last = 0
  #lost: string | null = null

  send(request: Omit<Request, 'id'>): Promise<unknown> {
    if (this.#lost !== null) return Promise.reject(new StoreFault('unavailable', this.#lost))
    const id = ++this.#last
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.post({ ...request, id })
    })
  }

  watch(account: AccountId, listener: (hint: Hint) => void): { stop(): void } {
    let listeners = this.#listeners.get(account)
    if (listeners === undefined) {
      listeners = new Set()
      this.#listeners.set(account, listeners)
      if (this.#lost === null) this.subscribe('watch', account)
    }
    // One function may watch twice.
    const own = (hint: Hint) => listener(hint)
    listeners.add(own)
    return {
      stop: () => {
        const all = this.#listeners.get(account)
        if (all === undefined || !all.delete(own) || all.size > 0) return
        this.#listeners.delete(account)
        if (this.#lost === null) this.subscribe('unwatch', account)
      },
    }
  }

  abstract close(): Promise<void>
  protected abstract post(request: Request): void
  protected abstract subscribe(kind: 'watch' | 'unwatch', account: AccountId): void

  protected get idle(): boolean {
    return this.#waiting.size === 0
  }

  protected deliver(replies: readonly Reply[], hints: readonly Hint[]): void {
    for (const { id, outcome } of replies) {
      const waiting = this.#waiting.get(id)
      this.#waiting.delete(id)
      if (outcome.ok) waiting?.resolve(outcome.result)
      else waiting?.reject(errorOf(outcome.failure))
    }
    for (const hint of hints) for (const listener of this.#listeners.get(hint.account) ?? []) listener(hint)
  }

  /** Nobody will answer any more. Whether what was asked has happened is not known. */
  protected lose(why: string): void {
    if (this.#lost !== null) return
    this.#lost = why
    for (const { reject } of this.#waiting.values()) reject(new StoreFault('unavailable', why))
    this.#waiting.clear()
  }
}

/** To a writer in the same thread. */
export class LocalChannel extends BaseChannel implements WriterClient {
  readonly #writer: ShardWriter

  constructor(writer: ShardWriter) {
    super()
    this.#writer = writer
  }

  receive(replies: readonly Reply[], hints: readonly Hint[]): void {
    this.deliver(replies, hints)
  }

  async close(): Promise<void> {
    this.#writer.close()
    this.lose('the store is closed')
  }

  protected post(request: Request): void {
    this.#writer.submit(this, [request])
  }

  protected subscribe(kind: 'watch' | 'unwatch', account: AccountId): void {
    this.#writer[kind](this, account)
  }
}

/** To a writer in another thread. Requests made in one go travel in one message. */
export class PortChannel extends BaseChannel {
  readonly #port: MessagePort
  #batch: Request[] = []

  constructor(port: MessagePort) {
    super()
    this.#port = port
    port.on('message', ({ replies, hints }: FromWriter) => {
      this.deliver(replies, hints)
      if (this.idle) port.unref()
    })
    port.on('close', () => this.lose('the writer of the store is gone'))
    port.unref()
  }

  async close(): Promise<void> {
    this.#port.close()
    this.lose('the store is closed')
  }

  protected post(request: Request): void {
    this.#batch.push(request)
    if (this.#batch.length > 1) return
    this.#port.ref()
    queueMicrotask(() => {
      const requests = this.#batch
      this.#batch = []
      this.#port.postMessage({ kind: 'requests', requests } satisfies ToWriter)
    })
  }

  protected subscribe(kind: 'watch' | 'unwatch', account: AccountId): void {
    this.#port.postMessage({ kind, account } satisfies ToWriter)
  }
}
