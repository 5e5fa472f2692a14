/** Types for numbers and strings that look alike and must not be mixed. Each has one door, which checks. */

declare const brand: unique symbol
type Branded<Base, Name extends string> = Base & { readonly [brand]: Name }

/** An account inside this installation, 1..2^53-1, never reused. */
export type AccountId = Branded<number, 'AccountId'>
/** A mailbox inside its account, 1..2^53-1, never reused; survives RENAME. RFC 8474 §4.1 */
export type MailboxId = Branded<number, 'MailboxId'>
/** A stored message inside its account, 1..2^53-1; copies share it. RFC 8474 §5.1 */
export type MessageId = Branded<number, 'MessageId'>
/** A conversation inside its account, 1..2^53-1. RFC 8474 §5.2 */
export type ThreadId = Branded<number, 'ThreadId'>
/** Unique id of a message inside one mailbox, 1..2^32-1, never reused while UIDVALIDITY stands. RFC 9051 §2.3.1.1 */
export type Uid = Branded<number, 'Uid'>
/** Position of a message in one session's view, 1..EXISTS. Moves when mail is expunged. RFC 9051 §2.3.1.2 */
export type Seq = Branded<number, 'Seq'>
/** Modification sequence: an account's revision at the time of a change, 1..2^53-1. RFC 7162 §3.1 */
export type Modseq = Branded<number, 'Modseq'>

export const MAX_UID = 0xffff_ffff

const safe = (name: string) => (value: number) => {
  if (!Number.isSafeInteger(value) || value < 1) throw new RangeError(`not a ${name}: ${value}`)
  return value
}

export const accountId = safe('account id') as (value: number) => AccountId
export const mailboxId = safe('mailbox id') as (value: number) => MailboxId
export const messageId = safe('message id') as (value: number) => MessageId
export const threadId = safe('thread id') as (value: number) => ThreadId
export const modseq = safe('modseq') as (value: number) => Modseq

/** Accepts any nz-number; throws RangeError otherwise. */
export function uid(value: number): Uid {
  if (!Number.isInteger(value) || value < 1 || value > MAX_UID) throw new RangeError(`not a UID: ${value}`)
  return value as Uid
}

/** Accepts any nz-number; throws RangeError otherwise. */
export function seq(value: number): Seq {
  if (!Number.isInteger(value) || value < 1 || value > MAX_UID) throw new RangeError(`not a sequence number: ${value}`)
  return value as Seq
}
