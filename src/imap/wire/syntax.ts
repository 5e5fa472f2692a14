import type { Octets } from '#base/bytes.ts'
import type { SearchKey, SequenceSet } from '#mail/search-program.ts'

/** What commands' arguments become once they are read: values, no text. Nothing here knows a session. */

export type { Day, SearchKey, SequenceSet, SortKey } from '#mail/search-program.ts'

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

export type SearchReturn = {
  readonly min: boolean
  readonly max: boolean
  readonly all: boolean
  readonly count: boolean
  readonly save: boolean
  readonly partial: PartialRange | null
}

/** `returns` is null for the old SEARCH without RETURN. */
export type SearchArgs = {
  readonly returns: SearchReturn | null
  /** As written; null when there was none. */
  readonly charset: Octets | null
  readonly program: SearchKey
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
