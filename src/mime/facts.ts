import type { Octets } from '#base/bytes.ts'

/**
 * What is known of a message after reading it once. Plain data (JSON), made at ingest, kept beside the message for ever.
 *
 * `Octets` are raw header octets after unfolding, one character per octet, encoded words left as they are: what ENVELOPE and
 * BODYSTRUCTURE show. `string` is decoded text (Unicode): what SEARCH, SORT and PREVIEW use.
 * A `Range` is [start, end) in octets of the message as stored.
 */
export type MessageFacts = {
  readonly octets: number
  /** From 0 up to and including the empty line that ends the header (all of it when there is none). */
  readonly header: Range
  readonly envelope: Envelope
  readonly structure: Part
  readonly sort: SortFacts
  /** Message-Ids, with angle brackets, that this message names as its ancestors, oldest first. RFC 5256 §3 REFERENCES step 1 */
  readonly references: readonly Octets[]
  /** First words of the text, at most 200 characters, white space folded; '' when there is no text. RFC 8970 §3 */
  readonly preview: string
}

export type Range = readonly [start: number, end: number]

/** RFC 9051 §7.5.2 ENVELOPE. `sender` and `replyTo` already have From's value where the field is absent or empty. */
export type Envelope = {
  readonly date: Octets | null
  readonly subject: Octets | null
  readonly from: readonly Address[]
  readonly sender: readonly Address[]
  readonly replyTo: readonly Address[]
  readonly to: readonly Address[]
  readonly cc: readonly Address[]
  readonly bcc: readonly Address[]
  readonly inReplyTo: Octets | null
  readonly messageId: Octets | null
}

/**
 * An address as ENVELOPE shows it. A group starts with `{ mailbox: name, host: null }` and ends with
 * `{ mailbox: null, host: null }`. RFC 9051 §7.5.2
 */
export type Address = {
  readonly name: Octets | null
  readonly route: Octets | null
  readonly mailbox: Octets | null
  readonly host: Octets | null
}

/** A node of the MIME tree. RFC 9051 §7.5.2 BODYSTRUCTURE; media type and encoding in upper case, as they will be shown. */
export type Part = Leaf | Multipart | Embedded

type PartBase = {
  readonly type: Octets
  readonly subtype: Octets
  /** Parameters in the order of the header; RFC 2231 continuations are joined, charset and language marks are kept in the name (`filename*`). */
  readonly params: readonly Param[]
  /** The part's own MIME header, with its empty line; for the root: the message's header. */
  readonly header: Range
  /** The part's content in its transfer encoding, without the line end before the next boundary. */
  readonly body: Range
  readonly disposition: { readonly type: Octets; readonly params: readonly Param[] } | null
  readonly language: readonly Octets[]
  readonly location: Octets | null
}

export type Param = readonly [name: Octets, value: Octets]

type SinglePart = PartBase & {
  readonly id: Octets | null
  readonly description: Octets | null
  /** '7BIT', '8BIT', 'BINARY', 'BASE64', 'QUOTED-PRINTABLE' or whatever the mail says; '7BIT' when it says nothing. */
  readonly encoding: Octets
  readonly md5: Octets | null
  /** Lines of the body, as BODYSTRUCTURE counts them for TEXT and MESSAGE/RFC822. */
  readonly lines: number
}

export type Leaf = SinglePart & { readonly kind: 'leaf' }
export type Multipart = PartBase & { readonly kind: 'multipart'; readonly parts: readonly Part[] }
/** MESSAGE/RFC822 or MESSAGE/GLOBAL that was looked into. `header` of its `message` root is the embedded message's header. */
export type Embedded = SinglePart & { readonly kind: 'message'; readonly envelope: Envelope; readonly message: Part }

/** Decoded once so that SORT and THREAD never parse. RFC 5256 §2.1, RFC 5957 §3 */
export type SortFacts = {
  /** Date: header in milliseconds since 1970 UTC; null when absent or unreadable (INTERNALDATE serves then). */
  readonly sentAt: number | null
  /** Minutes east of UTC of the Date: header; 0 when unknown. SENTSINCE and friends disregard time and zone. */
  readonly sentZone: number
  /** Decoded subject, and its base subject in upper-folded form. */
  readonly subject: string
  readonly baseSubject: string
  /** True when the base subject was reached by removing Re:/Fwd: marks: the message is a reply or forward. */
  readonly isReply: boolean
  /** addr-mailbox of the first address. */
  readonly from: string
  readonly to: string
  readonly cc: string
  /** Display name of the first address, or mailbox@host. */
  readonly displayFrom: string
  readonly displayTo: string
}
