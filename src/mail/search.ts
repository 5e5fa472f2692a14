import type { Mail } from './mail.ts'
import { IndexAnswers } from './search-answers.ts'
import type { Pace } from './search-pace.ts'
import { domainOf, planOf, type Step } from './search-plan.ts'
import type { SearchKey } from './search-program.ts'
import { type Rows, rowsOf } from './search-rows.ts'
import { newest, type Spans, size } from './search-spans.ts'
import type { Matches, SearchContext } from './search-state.ts'
import { PageTexts } from './search-text.ts'
import type { View } from './view.ts'

export type SearchRequest = {
  readonly program: SearchKey
  readonly saved: Uint32Array
  readonly numberOf: SearchContext['numberOf']
  /** Rows examined at most, those with the highest UIDs; null for all. RFC 9738 §3 */
  readonly limit: number | null
  /** Only the first, or the last, so many results are wanted. */
  readonly most: { readonly from: 'first' | 'last'; readonly count: number } | null
  readonly pace: Pace
}

export type Found = {
  readonly rows: Rows
  /** Rows that match, ascending. */
  readonly positions: Uint32Array
  /** Lowest UID that was examined when the limit left rows out; null when all were. */
  readonly lowest: number | null
}

/** Rows looked at between two looks at the clock. */
const ROWS_PAGE = 2048
/** Candidates whose messages are read together; what is read of them is kept until all keys had it. */
const TEXT_PAGE = 256
/** The same when most of them need not be read. */
const INDEXED_PAGE = 2048

/**
 * The messages of a session's mailbox that match a program. Flags, dates, sizes and numbers are answered from memory; only what is left
 * then is read from the store, page by page. Memory does not grow with what messages hold.
 */
export async function search(mail: Mail, view: View, request: SearchRequest): Promise<Found> {
  const { program, saved, numberOf, limit, pace } = request
  const rows = rowsOf(view)
  const context = { rows, view, saved, numberOf, now: mail.clock.now() }
  const domain = domainOf(program, context)
  const total = size(domain)
  const examined = limit !== null && total > limit ? newest(domain, limit) : domain
  const lowest = examined === domain ? null : rows.uid[examined[0]![0]]!

  const collected = new Collected(size(examined), request.most)
  const { before, rest } = split(planOf(program, context))
  pace.begin(size(examined))
  if (rest === null) await scan(examined, before, collected, pace)
  else {
    const answers = new IndexAnswers(mail, rows, () => passing(examined, before), pace)
    const page = mail.index === undefined ? TEXT_PAGE : INDEXED_PAGE
    const openPage = () => new PageTexts(mail, view.state.id, rows, pace, answers)
    await scanTexts(examined, before, rest, collected, pace, page, openPage)
  }
  return { rows, positions: collected.ascending(), lowest }
}

/** What memory answers for every row, and what is left to ask about those that pass. */
function split(step: Step): { readonly before: Matches; readonly rest: Step | null } {
  if (step.kind === 'state') return { before: step.matches, rest: null }
  const [first, ...others] = step.kind === 'and' ? step.of : []
  if (first?.kind !== 'state') return { before: () => true, rest: step }
  return { before: first.matches, rest: others.length === 1 ? others[0]! : { kind: 'and', of: others } }
}

async function scan(spans: Spans, matches: Matches, collected: Collected, pace: Pace): Promise<void> {
  for (const [from, to] of collected.pages(spans, ROWS_PAGE)) {
    if (collected.backwards) for (let at = to - 1; at >= from; at--) collected.addIf(matches(at), at)
    else for (let at = from; at < to; at++) collected.addIf(matches(at), at)
    if (collected.full) return
    pace.did(to - from)
    const wait = pace.rest()
    if (wait) await wait
  }
}

async function scanTexts(
  spans: Spans,
  before: Matches,
  rest: Step,
  collected: Collected,
  pace: Pace,
  pageRows: number,
  openPage: () => PageTexts,
): Promise<void> {
  const page = new Uint32Array(Math.min(pageRows, Math.max(16, collected.wanted)))
  let filled = 0
  const ask = async () => {
    const candidates = page.slice(0, filled)
    filled = 0
    if (collected.backwards) candidates.reverse()
    const matched = await narrow(rest, candidates, openPage())
    if (collected.backwards) matched.reverse()
    for (const at of matched) collected.addIf(true, at)
    const wait = pace.rest()
    if (wait) await wait
  }
  for (const [from, to] of collected.pages(spans, ROWS_PAGE)) {
    let seen = 0
    for (let i = 0; i < to - from; i++) {
      const at = collected.backwards ? to - 1 - i : from + i
      if (!before(at)) continue
      page[filled++] = at
      if (filled < page.length) continue
      await ask()
      if (collected.full) return
      pace.did(i + 1 - seen)
      seen = i + 1
    }
    pace.did(to - from - seen)
    const wait = pace.rest()
    if (wait) await wait
  }
  if (filled > 0) await ask()
}

/** The rows that memory does not rule out. */
function passing(spans: Spans, matches: Matches): Uint32Array {
  const rows = new Uint32Array(size(spans))
  let count = 0
  for (const [from, to] of spans) for (let at = from; at < to; at++) if (matches(at)) rows[count++] = at
  return rows.subarray(0, count)
}

/** Those of the candidates (ascending) that the step matches. */
async function narrow(step: Step, candidates: Uint32Array, texts: PageTexts): Promise<Uint32Array> {
  if (candidates.length === 0) return candidates
  switch (step.kind) {
    case 'state':
      return candidates.filter(step.matches)
    case 'text': {
      const matched = await texts.matching(step.key, candidates)
      return step.negated ? without(candidates, matched) : matched
    }
    case 'and': {
      let left = candidates
      for (const each of step.of) left = await narrow(each, left, texts)
      return left
    }
    case 'or': {
      let left = candidates
      for (const each of step.of) left = without(left, await narrow(each, left, texts))
      return without(candidates, left)
    }
  }
}

/** Both ascending; the second is part of the first. */
function without(all: Uint32Array, some: Uint32Array): Uint32Array {
  if (some.length === 0) return all
  let i = 0
  return all.filter(at => {
    if (some[i] !== at) return true
    i++
    return false
  })
}

/** Gathers results in one direction until there are as many as are wanted. */
class Collected {
  readonly backwards: boolean
  readonly wanted: number
  readonly #positions: Uint32Array
  #length = 0

  constructor(room: number, most: SearchRequest['most']) {
    this.backwards = most?.from === 'last'
    this.wanted = Math.min(room, most?.count ?? room)
    this.#positions = new Uint32Array(this.wanted)
  }

  get full(): boolean {
    return this.#length === this.wanted
  }

  addIf(matches: boolean, at: number): void {
    if (matches && this.#length < this.wanted) this.#positions[this.#length++] = at
  }

  /** The spans in the direction of the search, in pieces of at most so many rows. */
  *pages(spans: Spans, rows: number): Generator<readonly [number, number], void, undefined> {
    for (let i = 0; i < spans.length; i++) {
      const [from, to] = spans[this.backwards ? spans.length - 1 - i : i]!
      for (let done = 0; done < to - from; done += rows) {
        const count = Math.min(rows, to - from - done)
        yield this.backwards ? [to - done - count, to - done] : [from + done, from + done + count]
      }
    }
  }

  ascending(): Uint32Array {
    const positions = this.#positions.subarray(0, this.#length)
    return this.backwards ? positions.reverse() : positions
  }
}
