import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { AccountId } from '#base/ids.ts'
import type { DocumentSink, FeedMessage, IndexFeed, IndexWriter, Rest } from '#ports/search-index.ts'
import { joinSegments, type Part } from './merge.ts'
import { accountDir, accountsIn, filesIn, type SegmentPlace, searchDir, segmentName, segmentsIn } from './places.ts'
import { isTrouble } from './search-index.ts'
import { Segment } from './segment.ts'
import { SegmentBuilder } from './segment-builder.ts'

/** As many segments that lie side by side, each of at most so many documents, become one: 4, 16, 64, … */
const JOINED = 4
/** Words of segments that are joined, of all columns: bounds the memory that it takes, about 200 octets for each. */
const JOINED_WORDS = 2_000_000
/** A segment of which more than this share is gone from the store is written anew without it. */
const DEAD_SHARE = 0.25
const MARKS = 1_000

/** Opens the index of a data directory to change it; null when another process has it. It is let go by `close`, or with the process. */
export function openIndexWriter(root: string, feed: IndexFeed): IndexWriter | null {
  const lock = takeLock(join(root, 'search.lock'))
  return lock === null ? null : new FileIndexWriter(root, feed, lock)
}

/** True when some process has the index open to change it. */
export function isIndexKept(root: string): boolean {
  const lock = takeLock(join(root, 'search.lock'))
  lock?.close()
  return lock === null
}

/** A lock that the system lets go when its process ends, however it ends: a transaction that nobody else can have. */
function takeLock(path: string): DatabaseSync | null {
  const lock = new DatabaseSync(path, { timeout: 0 })
  try {
    lock.exec('BEGIN EXCLUSIVE')
    return lock
  } catch (error) {
    lock.close()
    if (error instanceof Error && 'errcode' in error && error.errcode === 5) return null
    throw error
  }
}

class FileIndexWriter implements IndexWriter {
  readonly #root: string
  readonly #feed: IndexFeed
  readonly #lock: DatabaseSync
  readonly #pending = new Map<AccountId, SegmentBuilder>()
  readonly #through: number[]
  /** Accounts that may have more segments than they should. */
  readonly #untidy = new Set<AccountId>()
  #pendingOctets = 0
  #last: SegmentBuilder | null = null
  #lastMemory = 0

  constructor(root: string, feed: IndexFeed, lock: DatabaseSync) {
    this.#root = root
    this.#feed = feed
    this.#lock = lock
    this.#through = Array.from({ length: feed.shards }, (_, shard) => indexedThrough(root, shard))
  }

  through(shard: number): number {
    return this.#through[shard]!
  }

  indexed(account: AccountId): number {
    return segmentsIn(this.#directory(account)).places.at(-1)?.through ?? 0
  }

  add({ account, message, mark }: FeedMessage): DocumentSink {
    this.#measure()
    let builder = this.#pending.get(account)
    if (builder === undefined) {
      builder = new SegmentBuilder()
      this.#pending.set(account, builder)
    }
    this.#last = builder
    this.#lastMemory = builder.memory
    return builder.add(message, mark)
  }

  get pendingOctets(): number {
    this.#measure()
    return this.#pendingOctets
  }

  async flush(shard: number, through: number): Promise<void> {
    for (const [account, builder] of this.#pending) {
      const directory = this.#directory(account)
      mkdirSync(directory, { recursive: true, mode: 0o700 })
      await builder.write(join(directory, segmentName(this.indexed(account), through)))
      this.#untidy.add(account)
    }
    this.#pending.clear()
    this.#pendingOctets = 0
    this.#last = null
    this.#through[shard] = Math.max(this.#through[shard]!, through)
  }

  async tidy(rest: Rest, thoroughly: boolean): Promise<boolean> {
    if (thoroughly) {
      for (let shard = 0; shard < this.#feed.shards; shard++) {
        for (const account of accountsIn(this.#root, shard)) this.#untidy.add(account as AccountId)
      }
    }
    for (const account of this.#untidy) {
      if (await this.#tidyAccount(account, rest, thoroughly)) return true
      this.#untidy.delete(account)
    }
    return false
  }

  async verify(rest: Rest): Promise<ReadonlyMap<AccountId, number>> {
    const again = new Map<AccountId, number>()
    for (let shard = 0; shard < this.#feed.shards; shard++) {
      // The store has not given these ids: it is an older one than the index.
      if (this.#through[shard]! > this.#feed.issued(shard)) this.#clearShard(shard)
      const newest = this.#feed.accounts(shard, this.#through[shard]!)
      for (const account of accountsIn(this.#root, shard)) {
        if (newest.has(account as AccountId)) await this.#verifyAccount(account as AccountId, rest)
        else rmSync(accountDir(this.#root, shard, account), { recursive: true, force: true })
      }
      for (const [account, message] of newest) {
        const indexed = this.indexed(account)
        if (message > indexed) again.set(account, indexed)
      }
    }
    return again
  }

  clear(): void {
    this.#pending.clear()
    this.#pendingOctets = 0
    this.#last = null
    for (let shard = 0; shard < this.#feed.shards; shard++) this.#clearShard(shard)
  }

  close(): void {
    this.#lock.close()
  }

  #directory(account: AccountId): string {
    return accountDir(this.#root, this.#feed.shardOf(account), account)
  }

  #clearShard(shard: number): void {
    rmSync(searchDir(this.#root, shard), { recursive: true, force: true })
    this.#through[shard] = 0
  }

  #measure(): void {
    if (this.#last === null) return
    const memory = this.#last.memory
    this.#pendingOctets += memory - this.#lastMemory
    this.#lastMemory = memory
  }

  /** Keeps the segments that are whole, follow each other and hold what the store holds, up to the first that does not. */
  async #verifyAccount(account: AccountId, rest: Rest): Promise<void> {
    const directory = this.#directory(account)
    const { places } = segmentsIn(directory)
    let through = 0
    for (const [i, place] of places.entries()) {
      const path = join(directory, place.name)
      if (place.after !== through || !this.#isSound(account, path)) {
        for (const { name } of places.slice(i)) rmSync(join(directory, name), { force: true })
        return
      }
      through = place.through
      const wait = rest()
      if (wait) await wait
    }
  }

  #isSound(account: AccountId, path: string): boolean {
    try {
      const segment = new Segment(path)
      try {
        segment.verify()
        return this.#marks(account, segment).every((mark, i) => mark === 0 || mark === segment.marks[i])
      } finally {
        segment.close()
      }
    } catch (error) {
      if (!isTrouble(error)) throw error
      return false
    }
  }

  #marks(account: AccountId, { messages }: Segment): Uint32Array {
    const marks = new Uint32Array(messages.length)
    for (let at = 0; at < messages.length; at += MARKS) {
      marks.set(this.#feed.marks(account, messages.subarray(at, at + MARKS)), at)
    }
    return marks
  }

  async #tidyAccount(account: AccountId, rest: Rest, thoroughly: boolean): Promise<boolean> {
    const directory = this.#directory(account)
    const { places, within } = segmentsIn(directory)
    for (const name of filesIn(directory)) if (name.endsWith('.draft')) rmSync(join(directory, name), { force: true })
    for (const { name } of within) rmSync(join(directory, name), { force: true })
    const segments: Segment[] = []
    try {
      for (const { name } of places) segments.push(new Segment(join(directory, name)))
      const run = toJoin(segments) ?? (thoroughly ? this.#mostlyGone(account, segments) : null)
      if (run === null) return false
      const [from, to] = run
      await this.#join(account, directory, places.slice(from, to), segments.slice(from, to), rest)
      return true
    } catch (error) {
      if (!isTrouble(error)) throw error
      // Damaged, or the disk is full: `verify` or the next time will see to it.
      return false
    } finally {
      for (const segment of segments) segment.close()
    }
  }

  /** A segment of which much is gone from the store. */
  #mostlyGone(account: AccountId, segments: readonly Segment[]): readonly [number, number] | null {
    const at = segments.findIndex(segment => {
      const gone = this.#marks(account, segment).filter(mark => mark === 0).length
      return gone > 0 && gone >= segment.documents * DEAD_SHARE
    })
    return at < 0 ? null : [at, at + 1]
  }

  async #join(
    account: AccountId,
    directory: string,
    places: readonly SegmentPlace[],
    segments: readonly Segment[],
    rest: Rest,
  ): Promise<void> {
    let documents = 0
    const parts: Part[] = segments.map(segment => ({
      segment,
      numbers: Int32Array.from(this.#marks(account, segment), mark => (mark === 0 ? -1 : documents++)),
    }))
    const name = segmentName(places[0]!.after, places.at(-1)!.through)
    await joinSegments(join(directory, name), parts, rest)
    for (const place of places) if (place.name !== name) rmSync(join(directory, place.name), { force: true })
  }
}

/** The segments [from, to) to write as one; null when there are not too many. */
function toJoin(segments: readonly Segment[]): readonly [number, number] | null {
  for (let small = JOINED; small <= JOINED ** 12; small *= JOINED) {
    let from = 0
    let words = 0
    for (let at = 0; at <= segments.length; at++) {
      const segment = segments[at]
      const isSmall = segment !== undefined && segment.documents <= small
      if (isSmall && words + segment.words <= JOINED_WORDS) {
        words += segment.words
        continue
      }
      if (at - from >= JOINED) return [from, at]
      from = isSmall ? at : at + 1
      words = isSmall ? segment.words : 0
    }
  }
  return null
}

/** Up to which message the accounts of a shard were indexed last: they are flushed together. */
export function indexedThrough(root: string, shard: number): number {
  let through = 0
  for (const account of accountsIn(root, shard)) {
    through = Math.max(through, segmentsIn(accountDir(root, shard, account)).places.at(-1)?.through ?? 0)
  }
  return through
}
