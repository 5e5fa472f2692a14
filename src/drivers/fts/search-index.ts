import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { AccountId } from '#base/ids.ts'
import { type IndexFeed, type Question, type Rest, type SearchIndex, Verdict } from '#ports/search-index.ts'
import { Asked, match } from './match.ts'
import { NEEDLE_TOKENS, Needle } from './needle.ts'
import { accountDir, segmentsIn } from './places.ts'
import { Damaged } from './section.ts'
import { bitOf, Segment, textColumnOf, WordCache } from './segment.ts'

/** Memory of a thread for the words of columns, octets. A column that is larger is read for each search. */
const WORDS_OCTETS = 64 * 1024 * 1024
/** Segments that a thread has open; each takes 13 octets of memory for a message. */
const OPEN_SEGMENTS = 32
/** How often the list of segments is read again when one of them is gone. */
const ATTEMPTS = 3
/** The newest messages of a segment whose marks are compared when it is opened. */
const MARKED = 64

type What = Pick<IndexFeed, 'shardOf' | 'marks'>

/** Opens the index of a data directory for one thread, to ask. */
export function openSearchIndex(root: string, feed: What): SearchIndex {
  return new FileSearchIndex(root, feed)
}

class FileSearchIndex implements SearchIndex {
  readonly #root: string
  readonly #feed: What
  readonly #words = new WordCache(WORDS_OCTETS)
  readonly #open = new Map<string, Segment>()
  /** Those in use by a search stay open. */
  readonly #used = new Map<Segment, number>()

  constructor(root: string, feed: What) {
    this.#root = root
    this.#feed = feed
  }

  async ask(account: AccountId, question: Question, messages: Float64Array, rest: Rest): Promise<Uint8Array | null> {
    if (question.text === '') return null
    const needle = new Needle(question.text)
    if (needle.tokens.length > NEEDLE_TOKENS) return null
    const segments = this.#segments(account)
    if (segments.length === 0) return null
    const verdicts = new Uint8Array(messages.length).fill(Verdict.unknown)
    try {
      for (const segment of segments) await this.#askSegment(segment, question, needle, messages, verdicts, rest)
    } finally {
      for (const segment of segments) this.#release(segment)
    }
    return verdicts
  }

  close(): void {
    for (const segment of [...this.#open.values()]) this.#forget(segment)
  }

  async #askSegment(
    segment: Segment,
    { columns }: Question,
    needle: Needle,
    messages: Float64Array,
    verdicts: Uint8Array,
    rest: Rest,
  ): Promise<void> {
    try {
      const documents = documentsOf(segment, messages)
      const asked = new Asked(segment.documents)
      for (const document of documents) if (document >= 0) asked.ask(document)
      let unknown = 0
      for (const column of columns) {
        unknown |= bitOf(column)
        if (asked.left === 0) continue
        const name = textColumnOf(column)
        await match(segment.column(name), await this.#words.of(segment, name, rest), needle, asked, rest)
      }
      for (let row = 0; row < documents.length; row++) {
        const document = documents[row]!
        if (document < 0) continue
        if (!asked.isOpen(document)) verdicts[row] = Verdict.yes
        else if ((segment.unknown[document]! & unknown) === 0) verdicts[row] = Verdict.no
      }
    } catch (error) {
      this.#trouble(error, segment.path)
      this.#forget(segment)
    }
  }

  /** Opens all segments of the account at once; they stay open until they are released, also when they are joined meanwhile. */
  #segments(account: AccountId): Segment[] {
    const directory = accountDir(this.#root, this.#feed.shardOf(account), account)
    const segments: Segment[] = []
    // Between listing and opening, segments may have been joined: the list is then read again.
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      let complete = true
      for (const { name } of segmentsIn(directory).places) {
        const path = join(directory, name)
        try {
          const segment = this.#segment(account, path)
          if (segment !== null && !segments.includes(segment)) {
            this.#used.set(segment, (this.#used.get(segment) ?? 0) + 1)
            segments.push(segment)
          }
        } catch (error) {
          this.#trouble(error, path)
          complete = false
        }
      }
      if (complete) break
    }
    return segments
  }

  /** What is damaged goes: the keeper of the index finds it gone and makes it again. @throws what is no trouble of a file */
  #trouble(error: unknown, path: string): void {
    if (!isTrouble(error)) throw error
    if (error instanceof Damaged) rmSync(path, { force: true })
  }

  /** null when what it holds is not of this history of the store: a backup was put back, and its ids were given again. */
  #segment(account: AccountId, path: string): Segment | null {
    let segment = this.#open.get(path)
    if (segment === undefined) {
      segment = new Segment(path)
      if (!hasMarks(this.#feed, account, segment)) {
        segment.close()
        return null
      }
    } else this.#open.delete(path)
    this.#open.set(path, segment)
    for (const each of this.#open.values()) {
      if (this.#open.size <= OPEN_SEGMENTS) break
      if (each !== segment && !this.#used.has(each)) this.#forget(each)
    }
    return segment
  }

  #release(segment: Segment): void {
    const users = (this.#used.get(segment) ?? 1) - 1
    if (users > 0) this.#used.set(segment, users)
    else {
      this.#used.delete(segment)
      if (this.#open.get(segment.path) !== segment) this.#close(segment)
    }
  }

  #forget(segment: Segment): void {
    if (this.#open.get(segment.path) === segment) this.#open.delete(segment.path)
    if (!this.#used.has(segment)) this.#close(segment)
  }

  #close(segment: Segment): void {
    this.#words.forget(segment)
    segment.close()
  }
}

/** For each message its document in the segment, -1 for those that are not in it. */
function documentsOf(segment: Segment, messages: Float64Array): Int32Array {
  const documents = new Int32Array(messages.length)
  let last = -1
  for (let row = 0; row < messages.length; row++) {
    last = segment.find(messages[row]!, last + 1)
    documents[row] = last
  }
  return documents
}

/**
 * True when the newest messages of the segment that the store still has are what they were. Ids that were given twice are the highest ones,
 * so these tell.
 */
export function hasMarks(feed: What, account: AccountId, segment: Segment): boolean {
  const { messages, marks } = segment
  for (let end = messages.length; end > 0; end -= MARKED) {
    const from = Math.max(0, end - MARKED)
    const now = feed.marks(account, messages.subarray(from, end))
    if (now.some((mark, i) => mark !== 0 && mark !== marks[from + i])) return false
    if (now.some(mark => mark !== 0)) return true
  }
  return true
}

/** Faults of the file; a bug of ours is none. */
export function isTrouble(error: unknown): boolean {
  return error instanceof Damaged || (error instanceof Error && 'code' in error && 'syscall' in error)
}
