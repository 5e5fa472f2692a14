import { setTimeout as after } from 'node:timers/promises'
import type { Log } from '#base/log.ts'
import type { EmbeddedStore } from '#drivers/embedded/store.ts'
import { Indexing } from '#mail/indexing.ts'
import type { IndexWriter } from '#ports/search-index.ts'

export type IndexJobOptions = {
  readonly store: Pick<EmbeddedStore, 'feed' | 'blobs'>
  /** null while another process keeps the index. */
  openWriter(): IndexWriter | null
  /** True once when the index is to be made anew; it is asked again and again. */
  rebuildAsked(): boolean
  rebuilt(): void
  /** So much mail was put in, in so long. */
  noteRate(octets: number, ms: number): void
  readonly log: Log
  readonly signal: AbortSignal
  /** How often new mail is looked for, milliseconds. */
  readonly lookMs?: number
}

const LOOK_MS = 1_000
/** After a fault, and while another process keeps the index. */
const RETRY_MS = 30_000
/** How often what the store has forgotten is looked for. */
const THOROUGH_MS = 60 * 60_000
/** Longest without a look at messages from other threads. */
const SLICE_MS = 20
/** New mail is waited for at least so many times as long as the last took: with mail coming all the time this bounds the share of a core. */
const EASE = 4
const LONGEST_LOOK_MS = 30_000

/** Keeps the search index up with the store until it is told to stop. What it has not written then is put in next time. */
export async function keepIndex(options: IndexJobOptions): Promise<void> {
  const { log, signal } = options
  while (!signal.aborted) {
    let writer: IndexWriter | null = null
    try {
      writer = options.openWriter()
      if (writer !== null) await keep(writer, options)
    } catch (error) {
      if (!signal.aborted) log.error('index.fault', { err: error })
    } finally {
      writer?.close()
    }
    await pause(RETRY_MS, signal)
  }
}

async function keep(writer: IndexWriter, options: IndexJobOptions): Promise<void> {
  const { store, log, signal, lookMs = LOOK_MS } = options
  const indexing = new Indexing(writer, store.feed, store.blobs, {
    rest: resting(signal),
    unread: ({ account, message }, err) => log.warn('index.fault', { account, message, err }),
  })
  const timed = async (work: () => Promise<void>): Promise<number> => {
    const before = { at: performance.now(), messages: indexing.messages, octets: indexing.octets }
    await work()
    const ms = Math.round(performance.now() - before.at)
    const messages = indexing.messages - before.messages
    const octets = indexing.octets - before.octets
    if (messages > 0) log.info('index.done', { messages, octets, ms })
    options.noteRate(octets, ms)
    return ms
  }
  await timed(() => indexing.begin())
  let thoroughAt = 0
  while (!signal.aborted) {
    if (options.rebuildAsked()) {
      writer.clear()
      options.rebuilt()
    }
    let ms = 0
    if (indexing.behind) {
      ms = await timed(() => indexing.catchUp())
      await indexing.tidy(false)
    }
    if (performance.now() >= thoroughAt) {
      await indexing.tidy(true)
      thoroughAt = performance.now() + THOROUGH_MS
    }
    await pause(Math.min(LONGEST_LOOK_MS, Math.max(lookMs, ms * EASE)), signal)
  }
}

/** Lets the thread hear that it is to stop, and then ends the work. */
function resting(signal: AbortSignal): () => Promise<void> | undefined {
  let since = performance.now()
  const turn = async () => {
    await new Promise<void>(resolve => setImmediate(resolve))
    signal.throwIfAborted()
    since = performance.now()
  }
  return () => (performance.now() - since < SLICE_MS ? undefined : turn())
}

const pause = (ms: number, signal: AbortSignal): Promise<void> => after(ms, undefined, { signal }).catch(() => {})
