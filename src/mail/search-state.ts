import { hasKeyword } from './keywords.ts'
import type { StateKey } from './search-program.ts'
import type { Rows } from './search-rows.ts'
import {
  membership,
  type Spans,
  savedSpans,
  sequenceSpans,
  uidAfterSpans,
  uidBeforeSpans,
  uidSpans,
} from './search-spans.ts'
import type { View } from './view.ts'

/** What keys mean for one session at one moment. */
export type SearchContext = {
  readonly rows: Rows
  readonly view: Pick<View, 'isRecent'>
  /** `$`, UIDs ascending. RFC 5182 */
  readonly saved: Uint32Array
  /** Milliseconds since 1970 UTC. */
  readonly now: number
  /** The number behind an EMAILID or THREADID as the protocol shows it; any other number for what is none. */
  readonly numberOf: (id: string, key: 'EMAILID' | 'THREADID') => number
}

export type Matches = (at: number) => boolean

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

/** Answers one key for any row, from memory alone. */
export function stateMatcher(key: StateKey, context: SearchContext): Matches {
  const { rows, view } = context
  switch (key.key) {
    case 'FLAG': {
      const wanted = key.set ? key.flag : 0
      return at => (rows.flags[at]! & key.flag) === wanted
    }
    case 'KEYWORD': {
      const has = keywordMatcher(rows, key.keyword)
      return key.set ? has : at => !has(at)
    }
    case 'RECENT':
      return at => view.isRecent(rows.uid[at]!) === key.set
    case 'SEQ':
    case 'UID':
    case 'UIDAFTER':
    case 'UIDBEFORE':
      return membership(spansOf(key, context))
    case 'LARGER':
      return at => rows.octets[at]! > key.octets
    case 'SMALLER':
      return at => rows.octets[at]! < key.octets
    // Disregarding time and zone: the day it was where the message was received. RFC 9051 §6.4.4
    case 'BEFORE':
    case 'ON':
    case 'SINCE': {
      const inDays = dayMatcher(key.key, key.day)
      return at => inDays(rows.receivedAt[at]! + rows.zone[at]! * MINUTE_MS)
    }
    case 'SAVEDBEFORE':
    case 'SAVEDON':
    case 'SAVEDSINCE': {
      const inDays = dayMatcher(key.key.slice(5) as DayRelation, key.day)
      return at => inDays(rows.savedAt[at]!)
    }
    // Every message here has a save date. RFC 8514 §4.3
    case 'SAVEDATESUPPORTED':
      return () => true
    case 'OLDER':
    case 'YOUNGER': {
      const then = context.now - key.seconds * 1000
      return key.key === 'OLDER' ? at => rows.receivedAt[at]! <= then : at => rows.receivedAt[at]! >= then
    }
    case 'MODSEQ':
      return at => rows.modseqs[at]! >= key.modseq
    case 'EMAILID':
    case 'THREADID': {
      const column = key.key === 'EMAILID' ? rows.message : rows.thread
      const wanted = context.numberOf(key.id, key.key)
      return at => column[at] === wanted
    }
  }
}

type SetKey = Extract<StateKey, { key: 'SEQ' | 'UID' | 'UIDAFTER' | 'UIDBEFORE' }>

export const isSetKey = (key: { readonly key: string }): key is SetKey =>
  key.key === 'SEQ' || key.key === 'UID' || key.key === 'UIDAFTER' || key.key === 'UIDBEFORE'

export function spansOf(key: SetKey, { rows, saved }: SearchContext): Spans {
  if ('uid' in key) return key.key === 'UIDAFTER' ? uidAfterSpans(rows, key.uid) : uidBeforeSpans(rows, key.uid)
  if (key.set === 'saved') return savedSpans(rows, saved)
  return key.key === 'SEQ' ? sequenceSpans(rows, key.set) : uidSpans(rows, key.set)
}

type DayRelation = 'BEFORE' | 'ON' | 'SINCE'

/** Compares local milliseconds with a day. */
export function dayMatcher(relation: DayRelation, day: number): (localMs: number) => boolean {
  const from = day * DAY_MS
  const to = from + DAY_MS
  if (relation === 'BEFORE') return local => local < from
  if (relation === 'SINCE') return local => local >= from
  return local => local >= from && local < to
}

/** A mailbox has few different sets of keywords: each is looked at once. */
function keywordMatcher(rows: Rows, keyword: string): Matches {
  const known: boolean[] = []
  return at => {
    const set = rows.keywords[at]!
    known[set] ??= hasKeyword(rows.keywordSets[set]!, keyword)
    return known[set]
  }
}
