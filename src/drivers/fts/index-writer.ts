import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { AccountId } from '#base/ids.ts'
import type { DocumentSink, FeedMessage, IndexFeed, IndexWriter, Rest } from '#ports/search-index.ts'
import { syncDirectory } from '../segments/layout.ts'
import { joinSegments, type Part } from './merge.ts'
import { accountDir, accountsIn, filesIn, type SegmentPlace, searchDir, segmentName, segmentsIn } from './places.ts'
import { isTrouble } from './search-index.ts'
import { SEGMENT_VERSION, Segment } from './segment.ts'
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
    this.#through = Array.from({ length: feed.shards }, (_, shard) => this.#readProgress(shard))
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
      syncDirectory(directory)
      this.#untidy.add(account)
    }
    this.#pending.clear()
    this.#pendingOctets = 0
    this.#last = null
    if (through > this.#through[shard]!) this.#writeProgress(shard, through)
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

  async verify(rest: Rest): Promise<readonly AccountId[]> {
    const again: AccountId[] = []
    for (let shard = 0; shard < this.#feed.shards; shard++) {
      // The store has not given these ids: it is an older one than the index.
      if (this.#through[shard]! > this.#feed.issued(shard)) this.#clearShard(shard)
      const through = this.#through[shard]!
      const first = this.#feed.accounts(shard)
      for (const account of accountsIn(this.#root, shard)) {
        if (!first.has(account as AccountId))
          rmSync(accountDir(this.#root, shard, account), { recursive: true, force: true })
      }
      for (const [account, message] of first) {
        const sound = await this.#isSound(account, rest)
        if (sound && (message > through || this.indexed(account) > 0)) continue
        rmSync(this.#directory(account), { recursive: true, force: true })
        if (message <= through) again.push(account)
        const wait = rest()
        if (wait) await wait
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

  /** True when the account's segments are whole, follow each other and hold what the store holds. */
  async #isSound(account: AccountId, rest: Rest): Promise<boolean> {
    const directory = this.#directory(account)
    let through = 0
    for (const place of segmentsIn(directory).places) {
      if (place.after !== through) return false
      through = place.through
      try {
        const segment = new Segment(join(directory, place.name))
        try {
          segment.verify()
          const marks = this.#marks(account, segment)
          if (marks.some((mark, i) => mark !== 0 && mark !== segment.marks[i])) return false
        } finally {
          segment.close()
        }
      } catch (error) {
        if (!isTrouble(error)) throw error
        return false
      }
      const wait = rest()
      if (wait) await wait
    }
    return true
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
    syncDirectory(directory)
    for (const place of places) if (place.name !== name) rmSync(join(directory, place.name), { force: true })
  }

  /** An index whose progress is not known may as well not be there. */
  #readProgress(shard: number): number {
    const through = readProgress(this.#root, shard)
    if (through === null) rmSync(searchDir(this.#root, shard), { recursive: true, force: true })
    return through ?? 0
  }

  #writeProgress(shard: number, through: number): void {
    const directory = searchDir(this.#root, shard)
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    const path = progressPath(this.#root, shard)
    writeFileSync(`${path}.draft`, JSON.stringify({ version: SEGMENT_VERSION, through }), { mode: 0o600 })
    renameSync(`${path}.draft`, path)
    this.#through[shard] = through
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

const progressPath = (root: string, shard: number): string => join(searchDir(root, shard), 'progress.json')

/** Up to which message a shard is indexed; null when that is not known, or of a program that made another index. */
export function readProgress(root: string, shard: number): number | null {
  try {
    const found = JSON.parse(readFileSync(progressPath(root, shard), 'utf8')) as {
      version?: unknown
      through?: unknown
    }
    return found.version === SEGMENT_VERSION && Number.isSafeInteger(found.through) ? (found.through as number) : null
  } catch {
    return null
  }
}
