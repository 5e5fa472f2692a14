import type { MessagePort } from 'node:worker_threads'
import type { Config } from '#config/schema.ts'
import type { Snapshot } from '#http/metrics.ts'

/** What a session thread is started with. */
export type ThreadData = {
  readonly config: Config
  /** Number of the thread, from 1. */
  readonly thread: number
  readonly version: string
  /** Shared by all threads, so that a TLS session is resumed on whichever thread the client comes to. */
  readonly ticketKeys: Uint8Array
  /** To the writers of the store, one for each shard. */
  readonly store: readonly MessagePort[]
  /** To the main thread's limits and throttles. */
  readonly admission: MessagePort
}

export type ToThread =
  | { readonly kind: 'reload'; readonly config: Config }
  | { readonly kind: 'drain'; readonly sessionsPerSecond: number; readonly timeoutMs: number }
  | { readonly kind: 'measure'; readonly id: number }

export type FromThread =
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'drained' }
  | { readonly kind: 'measured'; readonly id: number; readonly snapshot: Snapshot }
