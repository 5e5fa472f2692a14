import type { AccountId } from '#base/ids.ts'
import type { BlobStore } from '#ports/blobs.ts'
import type { FeedMessage, IndexFeed, IndexWriter, Rest } from '#ports/search-index.ts'
import { putDocument } from './search-document.ts'

/** Messages asked of the store at a time. */
const PAGE = 100
/** What is gathered before it is written: the larger, the less is written twice. */
const PENDING_OCTETS = 64 * 1024 * 1024

export type IndexingHooks = {
  /** Gives others their turn; may reject to end the work. */
  readonly rest: Rest
  /** A message that could not be read; searches will read it. */
  unread?(message: FeedMessage, error: unknown): void
  onProgress?(messages: number): void
}

/** Brings a search index up to what the store holds. */
export class Indexing {
  readonly #writer: IndexWriter
  readonly #feed: IndexFeed
  readonly #blobs: BlobStore
  readonly #hooks: IndexingHooks
  /** What was put in since the start. */
  messages = 0
  octets = 0

  constructor(writer: IndexWriter, feed: IndexFeed, blobs: BlobStore, hooks: IndexingHooks) {
    this.#writer = writer
    this.#feed = feed
    this.#blobs = blobs
    this.#hooks = hooks
  }

  /** Verifies what is there and mends it; before anything else. */
  async begin(): Promise<void> {
    for (const [account, after] of await this.#writer.verify(this.#hooks.rest)) {
      const shard = this.#feed.shardOf(account)
      await this.#put(shard, after, this.#writer.through(shard), account)
    }
  }

  /** True when there is something new. */
  get behind(): boolean {
    for (let shard = 0; shard < this.#feed.shards; shard++) {
      if (this.#feed.issued(shard) > this.#writer.through(shard)) return true
    }
    return false
  }

  /** Puts in what is new. */
  async catchUp(): Promise<void> {
    for (let shard = 0; shard < this.#feed.shards; shard++) {
      const after = this.#writer.through(shard)
      const through = this.#feed.issued(shard)
      if (through > after) await this.#put(shard, after, through)
    }
  }

  async tidy(thoroughly: boolean): Promise<void> {
    while (await this.#writer.tidy(this.#hooks.rest, thoroughly)) {
      const wait = this.#hooks.rest()
      if (wait) await wait
    }
  }

  async #put(shard: number, after: number, through: number, account?: AccountId): Promise<void> {
    const indexed = new Map<AccountId, number>()
    for (let at = after; at < through; ) {
      const page = this.#feed.messagesAfter(shard, at, PAGE, account)
      for (const message of page) {
        if (message.message > through) break
        await this.#putMessage(message, indexed)
        at = message.message
        if (this.#writer.pendingOctets >= PENDING_OCTETS) await this.#writer.flush(shard, at)
        const wait = this.#hooks.rest()
        if (wait) await wait
      }
      if (page.length < PAGE || page.at(-1)!.message > through) break
    }
    await this.#writer.flush(shard, through)
  }

  /** What an earlier run that was cut off has put in is passed over. */
  async #putMessage(message: FeedMessage, indexed: Map<AccountId, number>): Promise<void> {
    let through = indexed.get(message.account)
    if (through === undefined) {
      through = this.#writer.indexed(message.account)
      indexed.set(message.account, through)
    }
    if (message.message <= through) return
    const fault = await putDocument(this.#blobs, message, this.#writer.add(message))
    if (fault !== null) this.#hooks.unread?.(message, fault)
    this.messages += 1
    this.octets += message.blob.octets
    this.#hooks.onProgress?.(this.messages)
  }
}
