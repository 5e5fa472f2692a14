import type { MailboxId, Modseq } from '#base/ids.ts'
import type { Changes, EntryColumns, MailboxRow } from '#ports/metadata.ts'
import { splitKeywords } from './keywords.ts'
import { packUids, type UidRuns, unpackUids } from './uid-runs.ts'

/** What a state knows of a session that looks at it. */
export interface Looker {
  readonly version: number
  /** It only waits to be told of changes, and reads nothing before it was brought up to date. */
  readonly dozes: boolean
  /** Takes other arrays in place of the state's own, with the same UIDs. */
  recount(uids: Uint32Array): void
}

/** Shared by all states that hold nothing. */
const none = {
  uid: new Uint32Array(0),
  modseqs: new Float64Array(0),
  flags: new Uint8Array(0),
  keywords: new Uint32Array(0),
  octets: new Float64Array(0),
  receivedAt: new Float64Array(0),
  zone: new Int16Array(0),
  savedAt: new Float64Array(0),
  message: new Float64Array(0),
  thread: new Float64Array(0),
}
const noKeywords: ReadonlyMap<string, string> = new Map()
const noGhosts: ReadonlyMap<number, Entry> = new Map()

/**
 * What a mailbox holds now, as columns in ascending UID order. One per mailbox and thread, shared by all its sessions, brought up to
 * date by `changesSince`. Owned by states.ts; sessions only read it.
 *
 * `uid` is copied when messages go, never changed in place below its `length`: a view may keep an old array and its own length.
 *
 * While all its sessions only wait, a state may rest: then it holds the UIDs alone, in little room, and is read again when one of them asks.
 */
export class MailboxState {
  readonly id: MailboxId
  readonly uidValidity: number
  uidNext: number
  modseq: Modseq
  /** Grows whenever entries come, go or change. */
  version = 1
  length = 0
  uid = none.uid
  modseqs = none.modseqs
  flags = none.flags
  /** Index into `keywordSets`. */
  keywords = none.keywords
  octets = none.octets
  receivedAt = none.receivedAt
  zone = none.zone
  savedAt = none.savedAt
  message = none.message
  thread = none.thread
  /** Canonical texts; index 0 is the empty set. */
  keywordSets: string[] = ['']
  /** Keywords of all entries so far, by lower case; grows only. */
  knownKeywords = noKeywords
  /** Sessions that look at this mailbox now. */
  readonly views = new Set<Looker>()
  // Made when there is something to hold.
  #setIndex: Map<string, number> | null = null
  #ghosts: Map<number, Entry> | null = null
  #resting: UidRuns | null = null

  constructor(row: MailboxRow) {
    this.id = row.id
    this.uidValidity = row.uidValidity
    this.uidNext = row.uidNext
    this.modseq = row.modseq
  }

  /** Entries that are gone but that some session still counts, by UID. */
  get ghosts(): ReadonlyMap<number, Entry> {
    return this.#ghosts ?? noGhosts
  }

  /** Position of the UID in the columns, or -1. */
  index(uid: number): number {
    const at = lowerBound(this.uid, this.length, uid)
    return at < this.length && this.uid[at] === uid ? at : -1
  }

  entry(at: number): Entry {
    return {
      uid: this.uid[at]!,
      modseq: this.modseqs[at]!,
      flags: this.flags[at]!,
      keywords: this.keywordSets[this.keywords[at]!]!,
      octets: this.octets[at]!,
      receivedAt: this.receivedAt[at]!,
      zone: this.zone[at]!,
      savedAt: this.savedAt[at]!,
      message: this.message[at]!,
      thread: this.thread[at]!,
    }
  }

  /** The entry of a UID, gone or not; null when no session here ever counted it. */
  find(uid: number): Entry | null {
    const at = this.index(uid)
    return at >= 0 ? this.entry(at) : (this.ghosts.get(uid) ?? null)
  }

  apply(changes: Changes): void {
    const { changed } = changes
    let touched = false
    if (!changes.complete) {
      touched = true
      const kept = new Set(changed.uid.subarray(0, changed.length))
      this.#remove(uid => !kept.has(uid))
    } else if (changes.vanished.length > 0) {
      const gone = new Set(changes.vanished)
      touched = this.#remove(uid => gone.has(uid))
    }
    for (let i = 0; i < changed.length; i++) {
      touched = true
      const at = this.index(changed.uid[i]!)
      if (at >= 0) this.#set(at, changed, i)
      // A UID below the last one that is not here was expunged while the page was read: the store has told of it in `vanished`.
      else if (this.length === 0 || changed.uid[i]! > this.uid[this.length - 1]!)
        this.#push(changed, i, changed.length - i)
    }
    this.uidNext = changes.uidNext
    this.modseq = changes.modseq
    if (touched) this.version++
    this.forgetGhosts()
  }

  get resting(): boolean {
    return this.#resting !== null
  }

  /** Puts the columns away when every session only waits and has been told of all; else does nothing. */
  rest(): void {
    if (this.#resting !== null || this.#ghosts !== null) return
    for (const view of this.views) if (!view.dozes || view.version !== this.version) return
    this.#resting = packUids(this.uid, this.length)
    Object.assign(this, none)
    this.keywordSets = ['']
    this.#setIndex = null
    for (const view of this.views) view.recount(none.uid)
  }

  /** Takes over what was read of the same mailbox just now. Its sessions find out what changed meanwhile when they are brought up to date. */
  wake(read: MailboxState): void {
    const uids = unpackUids(this.#resting!)
    for (const view of this.views) view.recount(uids)
    this.#resting = null
    for (const column of columns) this[column] = read[column] as never
    this.length = read.length
    this.keywordSets = read.keywordSets
    this.#setIndex = read.#setIndex
    for (const [lower, keyword] of read.knownKeywords) this.#learn(lower, keyword)
    this.uidNext = read.uidNext
    this.modseq = read.modseq
    this.version++
  }

  /** Drops kept entries once no session counts them any more. */
  forgetGhosts(): void {
    if (this.#ghosts === null) return
    for (const view of this.views) if (view.version !== this.version) return
    this.#ghosts = null
  }

  #remove(gone: (uid: number) => boolean): boolean {
    // Runs that stay, as from and to in turn: what goes mostly lies together.
    const runs: number[] = []
    let kept = 0
    for (let at = 0; at < this.length; ) {
      const from = at
      while (at < this.length && !gone(this.uid[at]!)) at++
      if (at > from) runs.push(from, at)
      kept += at - from
      for (; at < this.length && gone(this.uid[at]!); at++) {
        if (this.views.size === 0) continue
        this.#ghosts ??= new Map()
        this.#ghosts.set(this.uid[at]!, this.entry(at))
      }
    }
    if (kept === this.length) return false
    for (const column of columns) this[column] = keptRuns(this[column], runs, kept) as never
    this.length = kept
    return true
  }

  #push(from: EntryColumns, i: number, expected: number): void {
    if (this.length === this.uid.length) {
      const capacity = this.length + Math.max(expected, 16, this.length >> 3)
      for (const column of columns) {
        const old = this[column]
        const next = new (old.constructor as typeof Float64Array)(capacity)
        next.set(old as Float64Array)
        this[column] = next as never
      }
    }
    this.uid[this.length] = from.uid[i]!
    this.octets[this.length] = from.octets[i]!
    this.receivedAt[this.length] = from.receivedAt[i]!
    this.zone[this.length] = from.zone[i]!
    this.savedAt[this.length] = from.savedAt[i]!
    this.message[this.length] = from.message[i]!
    this.thread[this.length] = from.thread[i]!
    this.#set(this.length++, from, i)
  }

  #set(at: number, from: EntryColumns, i: number): void {
    this.modseqs[at] = from.modseq[i]!
    this.flags[at] = from.flags[i]!
    this.keywords[at] = this.#keywordSet(from.keywords[i]!)
    this.thread[at] = from.thread[i]!
  }

  #keywordSet(canonical: string): number {
    if (canonical === '') return 0
    this.#setIndex ??= new Map()
    let index = this.#setIndex.get(canonical)
    if (index === undefined) {
      index = this.keywordSets.push(canonical) - 1
      this.#setIndex.set(canonical, index)
      for (const keyword of splitKeywords(canonical)) this.#learn(keyword.toLowerCase(), keyword)
    }
    return index
  }

  #learn(lower: string, keyword: string): void {
    if (this.knownKeywords === noKeywords) this.knownKeywords = new Map()
    const known = this.knownKeywords as Map<string, string>
    if (!known.has(lower)) known.set(lower, keyword)
  }
}

export type Entry = {
  readonly uid: number
  readonly modseq: number
  readonly flags: number
  readonly keywords: string
  readonly octets: number
  readonly receivedAt: number
  readonly zone: number
  readonly savedAt: number
  readonly message: number
  readonly thread: number
}

const columns = [
  'uid',
  'modseqs',
  'flags',
  'keywords',
  'octets',
  'receivedAt',
  'zone',
  'savedAt',
  'message',
  'thread',
] as const

type Column = MailboxState[(typeof columns)[number]]

/** Below this many numbers a loop copies quicker than a view of them does. */
const SHORT_RUN = 32

function keptRuns(old: Column, runs: readonly number[], length: number): Column {
  const next = new (old.constructor as typeof Float64Array)(length)
  let to = 0
  for (let i = 0; i < runs.length; i += 2) {
    const from = runs[i]!
    const end = runs[i + 1]!
    if (end - from > SHORT_RUN) {
      next.set(old.subarray(from, end), to)
      to += end - from
    } else for (let at = from; at < end; at++) next[to++] = old[at]!
  }
  return next
}

/** First position in the ascending array whose value is not below `value`. */
export function lowerBound(ascending: Uint32Array, length: number, value: number): number {
  let low = 0
  let high = length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (ascending[middle]! < value) low = middle + 1
    else high = middle
  }
  return low
}
