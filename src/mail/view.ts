import { MAX_UID } from '#base/ids.ts'
import { type Entry, type Looker, lowerBound, type MailboxState } from './state.ts'

/** Sequence numbers or UIDs: which of the two a command's numbers are. */
export type Numbering = 'seq' | 'uid'

/** What a session must be told now, in the order it is to be told. */
export type News = {
  /** Messages that are gone, by UID and by the sequence number each has when it is told: descending, so that no number moves another. */
  readonly expunged: { readonly uids: readonly number[]; readonly seqs: readonly number[] }
  /** The new number of messages, when it differs from what follows from `expunged`. */
  readonly exists: number | null
  /** Messages whose flags changed: UIDs, ascending. */
  readonly changed: readonly number[]
}

const noRanges: readonly (readonly [number, number])[] = []
const nothing: News = { expunged: { uids: [], seqs: [] }, exists: null, changed: [] }

/**
 * One session's numbering over a mailbox state: which UIDs it was told of, and what it must still be told. RFC 9051 §5.2, §7.5.1
 *
 * While nothing is gone the numbering is the state's own array; only a session that must not be told of an expunge yet has its own.
 */
export class View implements Looker {
  readonly state: MailboxState
  readonly readOnly: boolean
  /** How many keywords this session was told of, in the order the state learned them. */
  keywordsTold: number
  /** Version of the state this session was brought to. */
  version: number
  /** Everything up to this modseq was told, expunges too. While one is held back it stays below that one's. RFC 7162 §3.2 */
  toldUpTo: number
  /** Its session only waits to be told; then the state may rest. */
  dozes = false
  #uids: Uint32Array
  #length: number
  /** Changes up to this modseq were told. */
  #told: number
  /** Transactions of this session whose outcome it knows without being told. */
  #own: Set<number> | null = null
  /** UIDs [from, to) that are \Recent in this session. */
  #recent: readonly (readonly [from: number, to: number])[] = noRanges

  constructor(state: MailboxState, readOnly: boolean) {
    this.state = state
    this.readOnly = readOnly
    this.version = state.version
    this.toldUpTo = state.modseq
    this.keywordsTold = state.knownKeywords.size
    this.#uids = state.uid
    this.#length = state.length
    this.#told = state.modseq
    state.views.add(this)
  }

  close(): void {
    this.state.views.delete(this)
    this.state.forgetGhosts()
  }

  recount(uids: Uint32Array): void {
    this.#uids = uids
  }

  /** Expunges that are known here are still to be told. */
  get holdsExpunge(): boolean {
    return this.version !== this.state.version
  }

  get exists(): number {
    return this.#length
  }

  /** Ascending UIDs by sequence number - 1. */
  get uids(): Uint32Array {
    return this.#uids.subarray(0, this.#length)
  }

  uidAt(seq: number): number {
    return this.#uids[seq - 1]!
  }

  /** Sequence number of a UID this session was told of; 0 when it was not. */
  seqOf(uid: number): number {
    const at = lowerBound(this.#uids, this.#length, uid)
    return at < this.#length && this.#uids[at] === uid ? at + 1 : 0
  }

  /** The entry behind a UID this session counts; kept data when it was expunged elsewhere. */
  find(uid: number): Entry | null {
    return this.state.find(uid)
  }

  /** The commit `modseq` was this session's own and it knows the outcome. */
  knows(modseq: number): void {
    if (modseq <= this.#told) return
    this.#own ??= new Set()
    this.#own.add(modseq)
  }

  /** Nothing that happened to the message is still to be told. */
  isTold(uid: number): boolean {
    const modseq = this.find(uid)?.modseq
    return modseq !== undefined && (modseq <= this.#told || this.#own?.has(modseq) === true)
  }

  addRecent(range: { from: number; to: number }): void {
    if (range.to <= range.from) return
    const last = this.#recent.at(-1)
    const joined = last !== undefined && last[1] === range.from
    const before = joined ? this.#recent.slice(0, -1) : this.#recent
    this.#recent = [...before, [joined ? last[0] : range.from, range.to]]
  }

  isRecent(uid: number): boolean {
    for (const [from, to] of this.#recent) if (uid >= from && uid < to) return true
    return false
  }

  recentCount(): number {
    let count = 0
    for (const [from, to] of this.#recent) {
      count += lowerBound(this.#uids, this.#length, Math.min(to, MAX_UID)) - lowerBound(this.#uids, this.#length, from)
    }
    return count
  }

  /**
   * The UIDs that a set names among those this session counts, ascending, each once. `*` is the last message; a UID range whose
   * ends do not exist holds what lies between. Cost grows with the messages named, never with the numbers written. RFC 9051 §9 seq-range
   */
  resolve(set: readonly (readonly [number, number])[], numbering: Numbering): Uint32Array {
    if (this.#length === 0) return new Uint32Array(0)
    const spans: [number, number][] = []
    const last = numbering === 'seq' ? this.#length : this.#uids[this.#length - 1]!
    for (const [a, b] of set) {
      const from = Math.min(a === Infinity ? last : a, b === Infinity ? last : b)
      const to = Math.max(a === Infinity ? last : a, b === Infinity ? last : b)
      if (numbering === 'seq') {
        if (from <= this.#length) spans.push([from - 1, Math.min(to, this.#length)])
      } else {
        const low = lowerBound(this.#uids, this.#length, from)
        const high = to >= MAX_UID ? this.#length : lowerBound(this.#uids, this.#length, to + 1)
        if (low < high) spans.push([low, high])
      }
    }
    if (spans.length === 1) return this.#uids.slice(spans[0]![0], spans[0]![1])
    spans.sort((x, y) => x[0] - y[0])
    let total = 0
    let end = 0
    for (const span of spans) {
      span[0] = Math.max(span[0], end)
      end = Math.max(end, span[1])
      total += Math.max(0, span[1] - span[0])
    }
    const uids = new Uint32Array(total)
    let at = 0
    for (const [low, high] of spans) {
      if (high <= low) continue
      uids.set(this.#uids.subarray(low, high), at)
      at += high - low
    }
    return uids
  }

  /**
   * True when a number or a whole range lies above EXISTS. A range that only ends there is taken as far as it goes, as clients mean it
   * that write 1:4294967295, and `*` names nothing in an empty mailbox. RFC 9051 §9 seq-number
   */
  exceeds(set: readonly (readonly [number, number])[]): boolean {
    return set.some(([a, b]) => Math.min(a, b) > this.#length && a !== Infinity && b !== Infinity)
  }

  /**
   * Brings the session to the state's present. Without `mayExpunge`, messages that are gone stay counted and readable; they are told
   * at the first sync that may. RFC 9051 §7.5.1
   */
  sync(mayExpunge: boolean): News {
    const { state } = this
    const caughtUp = this.version === state.version && this.#length === state.length
    if (caughtUp) {
      this.toldUpTo = state.modseq
      this.#settle()
      return nothing
    }
    const old = this.#uids
    const oldLength = this.#length
    const news = { expunged: nothing.expunged, exists: null as number | null, changed: this.#changed() }
    if (this.#countGone() === 0) {
      this.#uids = state.uid
      this.#length = state.length
      if (this.#length !== oldLength) news.exists = this.#length
    } else if (mayExpunge) {
      const uids: number[] = []
      const seqs: number[] = []
      let at = state.length - 1
      for (let i = oldLength - 1; i >= 0; i--) {
        while (at >= 0 && state.uid[at]! > old[i]!) at--
        if (at >= 0 && state.uid[at] === old[i]) continue
        uids.push(old[i]!)
        seqs.push(i + 1)
      }
      news.expunged = { uids, seqs }
      this.#uids = state.uid
      this.#length = state.length
      if (this.#length !== oldLength - uids.length) news.exists = this.#length
    } else {
      const last = oldLength > 0 ? old[oldLength - 1]! : 0
      const from = lowerBound(state.uid, state.length, last + 1)
      if (from < state.length) {
        this.#uids = new Uint32Array(oldLength + state.length - from)
        this.#uids.set(old.subarray(0, oldLength))
        this.#uids.set(state.uid.subarray(from, state.length), oldLength)
        this.#length = this.#uids.length
        news.exists = this.#length
      }
      this.#settle()
      return news
    }
    this.version = state.version
    this.toldUpTo = state.modseq
    this.#settle()
    state.forgetGhosts()
    return news
  }

  #settle(): void {
    this.#told = this.state.modseq
    this.#own = null
  }

  /** Known UIDs whose entry changed after what was told, without this session's own doings. */
  #changed(): readonly number[] {
    const { state } = this
    if (state.modseq <= this.#told || this.#length === 0) return []
    const last = this.#uids[this.#length - 1]!
    const changed: number[] = []
    for (let at = 0; at < state.length && state.uid[at]! <= last; at++) {
      const modseq = state.modseqs[at]!
      if (modseq > this.#told && !this.#own?.has(modseq)) changed.push(state.uid[at]!)
    }
    return changed
  }

  #countGone(): number {
    const { state } = this
    if (this.#uids === state.uid) return 0
    // Those of the state up to our last UID that we count; the rest of ours are gone. No UID below our last can be new.
    const last = this.#length > 0 ? this.#uids[this.#length - 1]! : 0
    return this.#length - lowerBound(state.uid, state.length, last + 1)
  }
}
