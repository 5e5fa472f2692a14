import type { Octets } from '#base/bytes.ts'

/** What commands' arguments become once they are read: values, no text. Nothing here knows a session. */

/** Ranges as the client wrote them; '*' is Infinity; ends in either order. `$` is 'saved'. RFC 9051 §9 sequence-set, RFC 5182 */
export type SequenceSet = 'saved' | readonly (readonly [number, number])[]

export type FlagList = { readonly flags: number; readonly keywords: readonly string[] }

/** Octets wanted of an item: `<start.count>`. RFC 9051 §6.4.5 */
export type Partial = { readonly start: number; readonly count: number }

/**
 * BODY[...]: `path` are the part numbers ([] for the message itself); `HEADER.FIELDS` names are as the client spelled them, since the
 * answer repeats them. `MIME` needs a path. RFC 9051 §6.4.5
 */
export type Section = { readonly path: readonly number[] } & (
  | { readonly text: 'ALL' | 'HEADER' | 'TEXT' | 'MIME' }
  | { readonly text: 'HEADER.FIELDS' | 'HEADER.FIELDS.NOT'; readonly fields: readonly Octets[] }
)

export type FetchItem =
  | {
      readonly item:
        | 'UID'
        | 'FLAGS'
        | 'INTERNALDATE'
        | 'RFC822.SIZE'
        | 'ENVELOPE'
        | 'BODYSTRUCTURE'
        | 'BODY'
        | 'MODSEQ'
        | 'EMAILID'
        | 'THREADID'
        | 'SAVEDATE'
    }
  /** RFC822, RFC822.HEADER, RFC822.TEXT: answered under these names. RFC 3501 §6.4.5 */
  | { readonly item: 'RFC822' | 'RFC822.HEADER' | 'RFC822.TEXT' }
  | { readonly item: 'PREVIEW'; readonly lazy: boolean }
  | { readonly item: 'SECTION'; readonly section: Section; readonly peek: boolean; readonly partial: Partial | null }
  | {
      readonly item: 'BINARY'
      readonly path: readonly number[]
      readonly peek: boolean
      readonly partial: Partial | null
    }
  | { readonly item: 'BINARY.SIZE'; readonly path: readonly number[] }

/** A page of results: 1 is the oldest, -1 the newest; both ends included, in the order written. RFC 9394 §3 */
export type PartialRange = { readonly from: number; readonly to: number }

export type FetchModifiers = {
  readonly changedSince: number | null
  readonly vanished: boolean
  readonly partial: PartialRange | null
}

/** Day in UTC: days since 1970-01-01. SEARCH dates disregard time and zone. RFC 9051 §6.4.4 */
export type Day = number

export type SearchKey =
  | { readonly key: 'ALL' }
  | { readonly key: 'AND'; readonly of: readonly SearchKey[] }
  | { readonly key: 'OR'; readonly of: readonly [SearchKey, SearchKey] }
  | { readonly key: 'NOT'; readonly of: SearchKey }
  /** A bit of `Flag` set or not; \Recent is its own key since it belongs to the session. */
  | { readonly key: 'FLAG'; readonly flag: number; readonly set: boolean }
  | { readonly key: 'KEYWORD'; readonly keyword: string; readonly set: boolean }
  | { readonly key: 'RECENT'; readonly set: boolean }
  | { readonly key: 'SEQ'; readonly set: SequenceSet }
  | { readonly key: 'UID'; readonly set: SequenceSet }
  | { readonly key: 'LARGER' | 'SMALLER'; readonly octets: number }
  | {
      readonly key:
        | 'BEFORE'
        | 'ON'
        | 'SINCE'
        | 'SENTBEFORE'
        | 'SENTON'
        | 'SENTSINCE'
        | 'SAVEDBEFORE'
        | 'SAVEDON'
        | 'SAVEDSINCE'
      readonly day: Day
    }
  | { readonly key: 'SAVEDATESUPPORTED' }
  | { readonly key: 'OLDER' | 'YOUNGER'; readonly seconds: number }
  /** Decoded, as the client meant it. HEADER with '' asks whether the field is there. */
  | { readonly key: 'HEADER'; readonly field: string; readonly text: string }
  | { readonly key: 'BODY' | 'TEXT'; readonly text: string }
  | { readonly key: 'MODSEQ'; readonly modseq: number }
  | { readonly key: 'EMAILID' | 'THREADID'; readonly id: string }
  /** RFC 9738 §4 */
  | { readonly key: 'UIDAFTER' | 'UIDBEFORE'; readonly uid: number }

export type SearchReturn = {
  readonly min: boolean
  readonly max: boolean
  readonly all: boolean
  readonly count: boolean
  readonly save: boolean
  readonly partial: PartialRange | null
}

/** `returns` is null for the old SEARCH without RETURN. */
export type SearchArgs = { readonly returns: SearchReturn | null; readonly program: SearchKey }

export type SortKey = {
  readonly by: 'ARRIVAL' | 'CC' | 'DATE' | 'DISPLAYFROM' | 'DISPLAYTO' | 'FROM' | 'SIZE' | 'SUBJECT' | 'TO'
  readonly reverse: boolean
}

export type StatusItem =
  | 'MESSAGES'
  | 'RECENT'
  | 'UIDNEXT'
  | 'UIDVALIDITY'
  | 'UNSEEN'
  | 'DELETED'
  | 'SIZE'
  | 'HIGHESTMODSEQ'
  | 'APPENDLIMIT'
  | 'MAILBOXID'
  | 'DELETED-STORAGE'

/** RFC 5258 §6; the old two-argument LIST has one pattern and no options. */
export type ListArgs = {
  readonly select: {
    readonly subscribed: boolean
    readonly remote: boolean
    readonly recursiveMatch: boolean
    readonly specialUse: boolean
  }
  readonly reference: string
  readonly patterns: readonly string[]
  readonly returns: {
    readonly subscribed: boolean
    readonly children: boolean
    readonly specialUse: boolean
    readonly status: readonly StatusItem[] | null
  }
  /** False for the plain form: RFC 5258 options were not used. */
  readonly extended: boolean
}

/** RFC 7162 §3.2.5.2 SELECT ... (QRESYNC (uidvalidity modseq known-uids (seqs uids))). */
export type SelectArgs = {
  readonly mailbox: string
  readonly condstore: boolean
  readonly qresync: {
    readonly uidValidity: number
    readonly modseq: number
    readonly known: SequenceSet | null
    readonly match: { readonly seqs: SequenceSet; readonly uids: SequenceSet } | null
  } | null
}
