import type { Octets } from '#base/bytes.ts'
import type { AccountId, MailboxId, MessageId, Modseq, ThreadId, Uid } from '#base/ids.ts'
import type { MessageFacts } from '#mime/facts.ts'
import type { BlobRef, StagedBlob } from './blobs.ts'

/** System flags as bits. \Recent is not stored: it belongs to a session. */
export const Flag = { seen: 1, answered: 2, flagged: 4, deleted: 8, draft: 16 } as const
export type Flags = number

/** Special use of a mailbox, without the backslash, lower case. RFC 6154 §2, RFC 8457 §3 */
export type Role = 'all' | 'archive' | 'drafts' | 'flagged' | 'junk' | 'sent' | 'trash' | 'important'

export type AccountRow = {
  readonly id: AccountId
  /** Grows with every change; the MODSEQ of what changed last. */
  readonly revision: Modseq
  readonly quota: Quota
  readonly used: Quota
}

/** Octets and messages of every mailbox together; a message in two mailboxes counts twice. null = unlimited (limits only). */
export type Quota = { readonly octets: number | null; readonly messages: number | null }

export type MailboxRow = {
  readonly id: MailboxId
  /** Full name, UTF-8 (NFC), levels separated by '/'. The inbox is 'INBOX'. */
  readonly name: string
  readonly role: Role | null
  readonly uidValidity: number
  readonly uidNext: number
  /** HIGHESTMODSEQ: revision of the last change of this mailbox. */
  readonly modseq: Modseq
  readonly messages: number
  readonly unseen: number
  readonly deleted: number
  readonly octets: number
  /** Octets of the messages with \Deleted. RFC 9208 DELETED-STORAGE */
  readonly deletedOctets: number
  /** Messages with this UID and above have been told to no session as \Recent yet. */
  readonly recentFrom: number
  readonly createdAt: number
}

/**
 * Entries of a mailbox in ascending UID order, by column. `keywords[i]` is the canonical text of the keyword set: atoms sorted by
 * code point of their lower case, joined by one space, '' for none; equal sets are equal strings.
 */
export type EntryColumns = {
  readonly length: number
  readonly uid: Uint32Array
  readonly modseq: Float64Array
  readonly flags: Uint8Array
  readonly keywords: readonly string[]
  readonly octets: Float64Array
  /** INTERNALDATE, milliseconds since 1970 UTC, and its zone in minutes east of UTC. */
  readonly receivedAt: Float64Array
  readonly zone: Int16Array
  /** When the message came into this mailbox, milliseconds since 1970 UTC. RFC 8514 */
  readonly savedAt: Float64Array
  readonly message: Float64Array
  readonly thread: Float64Array
}

/** What became of a mailbox after a modseq. */
export type Changes = {
  /** The mailbox's modseq and uidNext that this answer brings the caller to. */
  readonly modseq: Modseq
  readonly uidNext: number
  /** New and changed entries, ascending by UID. */
  readonly changed: EntryColumns
  /** UIDs expunged since, ascending; may name UIDs that the caller never knew. */
  readonly vanished: Uint32Array
  /** False when the log no longer reaches back: `changed` then has every entry, and what is not in it has vanished. */
  readonly complete: boolean
}

/** The message behind an entry: everything FETCH, SORT and THREAD need and the mailbox state does not hold. */
export type MessageRow = {
  readonly uid: Uid
  readonly message: MessageId
  readonly thread: ThreadId
  readonly blob: BlobRef
  readonly headerOctets: number
  /** ENVELOPE and BODYSTRUCTURE as they go over the wire, made at ingest. */
  readonly envelope: Octets
  readonly bodyStructure: Octets
  readonly preview: string
}

export type SortRow = MessageFacts['sort'] & {
  readonly uid: Uid
  readonly messageId: Octets | null
  readonly inReplyTo: Octets | null
  readonly references: readonly Octets[]
}

export type NewMessage = {
  readonly body: StagedBlob
  readonly facts: MessageFacts
  readonly envelope: Octets
  readonly bodyStructure: Octets
  readonly flags: Flags
  /** Atoms, any order and case; the mailbox's first spelling of a keyword is the one kept. */
  readonly keywords: readonly string[]
  readonly receivedAt: number
  readonly zone: number
  /** Asks for this UID (import into an empty place); taken when it is not below uidNext, else the next UID is given. */
  readonly uid?: Uid
}

export type Appended = {
  readonly uidValidity: number
  readonly uids: readonly Uid[]
  readonly modseq: Modseq
  readonly messages: readonly MessageId[]
}

/** Ascending, disjoint UID ranges, both ends included. */
export type UidRanges = readonly (readonly [from: number, to: number])[]

export type FlagChange = {
  readonly uids: UidRanges
  readonly action: 'add' | 'remove' | 'replace'
  readonly flags: Flags
  readonly keywords: readonly string[]
  /** Only entries whose modseq is not above this are changed; others are answered in `modified`. RFC 7162 §3.1.3 */
  readonly unchangedSince?: number
}

/** `changed`: UIDs whose flags are different now. UIDs that do not exist are in neither list. */
export type FlagResult = { readonly modseq: Modseq; readonly changed: Uint32Array; readonly modified: Uint32Array }

/** `from[i]` in the source became `to[i]` in the target; ascending in the source. UIDs that do not exist are left out. */
export type Copied = {
  readonly uidValidity: number
  readonly from: Uint32Array
  readonly to: Uint32Array
  readonly modseq: Modseq
}

export type Expunged = { readonly uids: Uint32Array; readonly modseq: Modseq }

export type ExpungedRow = {
  readonly mailbox: string
  readonly uid: Uid
  readonly message: MessageId
  readonly octets: number
  readonly expungedAt: number
  readonly envelope: Octets
}

/**
 * Mailboxes, entries and messages of accounts. Each method that changes something is one transaction: when it resolves, all of it
 * survives a power cut; when it rejects, nothing of it happened. It takes the account's next revision, stamps what it touched, and
 * writes the change log that `changesSince` reads. UIDs are given under the account's lock: UID order is commit order.
 * After the commit a hint goes to the bus. Reads see every commit that resolved before they began.
 *
 * A mailbox id that does not exist (any more) rejects with Refusal `mailbox-missing`, as the target of append, copy and move with
 * `target-missing`; an unknown account with StoreFault `missing`. Every driver must pass test/contracts/metadata.ts.
 */
export interface Metadata {
  account(account: AccountId): Promise<AccountRow>
  setQuota(account: AccountId, limit: Quota): Promise<void>

  /** All mailboxes, ascending by name in code point order, INBOX first. */
  mailboxes(account: AccountId): Promise<readonly MailboxRow[]>
  mailbox(account: AccountId, id: MailboxId): Promise<MailboxRow | null>
  /** By exact name. */
  mailboxNamed(account: AccountId, name: string): Promise<MailboxRow | null>
  /**
   * Creates the mailboxes, in order, in one go; UIDVALIDITYs grow and are never used twice in an account.
   * @throws {Refusal} `mailbox-exists` for a name or role that is taken, `limit` above `limits.mailboxes`
   */
  createMailboxes(
    account: AccountId,
    mailboxes: readonly { name: string; role?: Role }[],
  ): Promise<readonly MailboxRow[]>
  /** Deletes the mailbox; its entries become recoverable like expunged ones. Mailboxes below it stay. */
  deleteMailbox(account: AccountId, id: MailboxId): Promise<void>
  /** Applies all renames at once (a mailbox and everything below it), after creating `parents`. @throws {Refusal} `mailbox-exists` */
  renameMailboxes(
    account: AccountId,
    renames: readonly { id: MailboxId; name: string }[],
    parents: readonly string[],
  ): Promise<void>
  setRole(account: AccountId, id: MailboxId, role: Role | null): Promise<void>
  /** Subscriptions are names; they need no mailbox behind them. */
  subscriptions(account: AccountId): Promise<readonly string[]>
  setSubscribed(account: AccountId, names: readonly string[], subscribed: boolean): Promise<void>

  /** Entries with UID above `after`, ascending, at most `count`. */
  entries(account: AccountId, mailbox: MailboxId, after: number, count: number): Promise<EntryColumns>
  changesSince(account: AccountId, mailbox: MailboxId, modseq: Modseq): Promise<Changes>
  /** UIDs expunged after `modseq`, ascending; null when the log no longer reaches back so far. RFC 7162 §3.2.6 */
  vanishedSince(account: AccountId, mailbox: MailboxId, modseq: number): Promise<Uint32Array | null>
  /** Rows for those of the UIDs that exist, or were expunged and are still kept; ascending. Ask for at most 1,000 at a time. */
  messages(account: AccountId, mailbox: MailboxId, uids: Uint32Array): Promise<readonly MessageRow[]>
  /** The same for SORT and THREAD. */
  sortRows(account: AccountId, mailbox: MailboxId, uids: Uint32Array): Promise<readonly SortRow[]>
  /** The parsed structure of one message. Its envelope is kept as the text of its row only. */
  structure(account: AccountId, message: MessageId): Promise<Pick<MessageFacts, 'structure' | 'header'>>
  /** Keywords that the mailbox knows, in their first spelling, ascending. */
  keywords(account: AccountId, mailbox: MailboxId): Promise<readonly string[]>

  /** All or none. @throws {Refusal} `over-quota`, `target-missing`, `limit` (keywords) */
  append(account: AccountId, mailbox: MailboxId, messages: readonly NewMessage[]): Promise<Appended>
  /** Append and expunge of `replaced` in one step. RFC 8508 */
  replace(
    account: AccountId,
    mailbox: MailboxId,
    message: NewMessage,
    source: MailboxId,
    replaced: Uid,
  ): Promise<Appended & { expunged: Expunged }>
  setFlags(account: AccountId, mailbox: MailboxId, change: FlagChange): Promise<FlagResult>
  copy(account: AccountId, source: MailboxId, uids: UidRanges, target: MailboxId): Promise<Copied>
  move(account: AccountId, source: MailboxId, uids: UidRanges, target: MailboxId): Promise<Copied>
  /** Expunges those of the UIDs that exist; with `onlyDeleted`, those of them that have \Deleted now. */
  expunge(account: AccountId, mailbox: MailboxId, uids: UidRanges, onlyDeleted: boolean): Promise<Expunged>
  /** Takes the UIDs no session was told of as \Recent: those from `from` up to, not including, `to` are the caller's. Need not be durable. */
  claimRecent(account: AccountId, mailbox: MailboxId): Promise<{ readonly from: number; readonly to: number }>

  /** What was expunged and can be had back, newest first. */
  expunged(account: AccountId, limit: number): Promise<readonly ExpungedRow[]>
  /** Brings expunged entries back into `mailbox` as new entries (new UIDs), flags kept without \Deleted. */
  undelete(account: AccountId, mailbox: string, uids: UidRanges, target: MailboxId): Promise<Copied>
  /** Forgets expunged entries older than `before` (ms) of all accounts, at most `count` at a time; answers how many went. */
  purgeExpunged(before: number, count: number): Promise<number>
}
