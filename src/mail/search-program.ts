/** What a client looks for and how it wants it ordered: values, no text. The protocol reads them, search.ts and sort.ts carry them out. */

/** Ranges as the client wrote them; '*' is Infinity; ends in either order. `$` is 'saved'. RFC 9051 §9 sequence-set, RFC 5182 */
export type SequenceSet = 'saved' | readonly (readonly [number, number])[]

/** Day in UTC: days since 1970-01-01. SEARCH dates disregard time and zone. RFC 9051 §6.4.4 */
export type Day = number

export type SearchKey =
  | { readonly key: 'ALL' }
  | { readonly key: 'AND'; readonly of: readonly SearchKey[] }
  | { readonly key: 'OR'; readonly of: readonly [SearchKey, SearchKey] }
  | { readonly key: 'NOT'; readonly of: SearchKey }
  | StateKey
  | TextKey

/** Keys that the mailbox state answers from memory. */
export type StateKey =
  /** A bit of `Flag` set or not; \Recent is its own key since it belongs to the session. */
  | { readonly key: 'FLAG'; readonly flag: number; readonly set: boolean }
  | { readonly key: 'KEYWORD'; readonly keyword: string; readonly set: boolean }
  | { readonly key: 'RECENT'; readonly set: boolean }
  | { readonly key: 'SEQ'; readonly set: SequenceSet }
  | { readonly key: 'UID'; readonly set: SequenceSet }
  | { readonly key: 'LARGER' | 'SMALLER'; readonly octets: number }
  | {
      readonly key: 'BEFORE' | 'ON' | 'SINCE' | 'SAVEDBEFORE' | 'SAVEDON' | 'SAVEDSINCE'
      readonly day: Day
    }
  | { readonly key: 'SAVEDATESUPPORTED' }
  | { readonly key: 'OLDER' | 'YOUNGER'; readonly seconds: number }
  | { readonly key: 'MODSEQ'; readonly modseq: number }
  | { readonly key: 'EMAILID' | 'THREADID'; readonly id: string }
  /** RFC 9738 §4 */
  | { readonly key: 'UIDAFTER' | 'UIDBEFORE'; readonly uid: number }

/** Keys that need what the message says. */
export type TextKey =
  | { readonly key: 'SENTBEFORE' | 'SENTON' | 'SENTSINCE'; readonly day: Day }
  /** Decoded, as the client meant it. HEADER with '' asks whether the field is there. */
  | { readonly key: 'HEADER'; readonly field: string; readonly text: string }
  | { readonly key: 'BODY' | 'TEXT'; readonly text: string }

export type SortKey = {
  readonly by: 'ARRIVAL' | 'CC' | 'DATE' | 'DISPLAYFROM' | 'DISPLAYTO' | 'FROM' | 'SIZE' | 'SUBJECT' | 'TO'
  readonly reverse: boolean
}
