import type { AccountId, MessageId } from '#base/ids.ts'
import type { Part } from '#mime/facts.ts'
import type { BlobRef } from './blobs.ts'

/**
 * What can be looked in. The values of a field stand one after the other, NUL between them. `header` and `body` are what SEARCH TEXT and
 * BODY look in. `fields` has no text of its own: it is `header`, asked about the value of a field that has no column, which the header's
 * text may not settle for every message (see `DocumentSink.unknown`).
 */
export const columns = ['subject', 'from', 'to', 'cc', 'message-id', 'header', 'body', 'fields'] as const
export type Column = (typeof columns)[number]

/** What the index says about a message. `unknown`: it is not in there, or not all of it; whoever asks must look for himself. */
export const Verdict = { no: 0, yes: 1, unknown: 2 } as const

export type Question = {
  /** A message matches when one of them has the text. */
  readonly columns: readonly Column[]
  /** In the form that `TextFolder` gives; not empty. */
  readonly text: string
}

/** Gives others their turn when it is due; may reject to end the work. */
export type Rest = () => Promise<void> | undefined

/**
 * Answers where a text is, without reading mail. It is a cache of what the store holds: it may lag behind, be lost or be made again at
 * any time, and then says `unknown`; what it does say is exact. One for each thread. Every driver must pass test/contracts/search-index.ts.
 */
export interface SearchIndex {
  /** A verdict for each of the messages, in their order; null when it knows of none of them. Never rejects for its own troubles. */
  ask(account: AccountId, question: Question, messages: Float64Array, rest: Rest): Promise<Uint8Array | null>
  close(): void
}

/** Where the text of one message goes. All text of a column comes in one run of calls; the columns in any order. */
export interface DocumentSink {
  text(column: Exclude<Column, 'fields'>, folded: string): void
  /** The text of a column is not all that a search would look in: the message will have to be read. */
  unknown(column: Column): void
}

/** The only hand that changes an index: of all processes on a data directory one has it. */
export interface IndexWriter {
  /** Up to which message of the shard everything is in the index, as far as `verify` does not say otherwise. */
  through(shard: number): number
  /** Up to which message the account is indexed; messages up to there need not be added again. */
  indexed(account: AccountId): number
  /** Begins a message; ids of a shard come ascending. Its text is complete when the next begins or with `flush`. */
  add(message: FeedMessage): DocumentSink
  /** Octets of memory that wait for `flush`, about. */
  readonly pendingOctets: number
  /** Makes what was added findable: everything of the shard up to `through` is then in the index. */
  flush(shard: number, through: number): Promise<void>
  /**
   * Does one piece of upkeep: joins small files, and, when it is to be thorough, drops what the store has forgotten. True when there may be more to do.
   */
  tidy(rest: Rest, thoroughly: boolean): Promise<boolean>
  /**
   * To be done once, before anything is added: verifies all of it and removes what is damaged or of another history. Answers the accounts of which
   * messages up to `through` are missing, with the message after which they must be added again.
   */
  verify(rest: Rest): Promise<ReadonlyMap<AccountId, number>>
  /** Forgets everything. */
  clear(): void
  close(): void
}

export type IndexStatus = {
  /** Messages that are in it, and those that are not yet. */
  readonly messages: number
  readonly behind: number
  readonly octets: number
  readonly files: number
}

/** A message that may be put in an index. */
export type FeedMessage = {
  readonly account: AccountId
  readonly message: MessageId
  /** See `IndexFeed.marks`. */
  readonly mark: number
  readonly blob: BlobRef
  readonly headerOctets: number
  /** As `SortRow` has them. */
  readonly subject: string
  readonly messageId: string
  readonly structure: Part
}

/**
 * What a store tells an index. Message ids grow in the order of commits within a shard and are never given again, and what a message
 * says never changes: whoever has seen all messages up to an id has seen all there will ever be.
 */
export interface IndexFeed {
  readonly shards: number
  shardOf(account: AccountId): number
  /** The messages of the shard, or of one account in it, with ids above `after`, ascending. */
  messagesAfter(shard: number, after: number, count: number, account?: AccountId): readonly FeedMessage[]
  /** How many messages of the shard have ids above `after`. */
  countAfter(shard: number, after: number): number
  /** The highest id that the shard has given. */
  issued(shard: number): number
  /** For each id a number drawn from what the message says; 0 when there is none of the account by that id. */
  marks(account: AccountId, messages: ArrayLike<number>): Uint32Array
  /** Accounts that have mail, with the highest id of theirs that is not above `through`; 0 when all are. */
  accounts(shard: number, through: number): ReadonlyMap<AccountId, number>
}
