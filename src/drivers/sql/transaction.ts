import { randomInt } from 'node:crypto'
import { Refusal, StoreFault } from '#base/errors.ts'
import type { AccountId, MailboxId, Modseq } from '#base/ids.ts'
import type { Hint } from '#ports/bus.ts'
import type { UidRanges } from '#ports/metadata.ts'
import type { Database } from './database.ts'
import { formatRanges } from './uid-set.ts'

/** How many values the nonce of a change may have. */
const NONCES = 2 ** 47

/** What a row of `changes` says of its UIDs. */
export const ChangeKind = { changed: 1, vanished: 2, mailbox: 3 } as const
export type ChangeKind = (typeof ChangeKind)[keyof typeof ChangeKind]

/** Where the store put a body; `segment` is null for one with a file of its own. `stored`: octets it takes there. */
export type Placed = {
  readonly id: string
  readonly segment: number | null
  readonly stored: number
  readonly form: number
}

export type MailboxState = {
  readonly id: number
  readonly name: string
  readonly uidvalidity: number
  readonly uidnext: number
  readonly modseq: number
  readonly log_floor: number
}

/** What a change adds to the totals of a mailbox; `uidNext` is the new value. */
export type Delta = {
  uidNext?: number
  messages?: number
  unseen?: number
  deleted?: number
  octets?: number
  deletedOctets?: number
}

type AccountState = {
  state: string
  revision: number
  quota_octets: number | null
  quota_messages: number | null
  used_octets: number
  used_messages: number
  last_uidvalidity: number
  last_mailbox: number
}

/**
 * One intent on one account while its database transaction is open. It takes the account's next revision at most once, when the first
 * thing really changes, and writes the account's row once, in `finish`.
 */
export class Transaction {
  readonly db: Database
  readonly account: AccountId
  readonly now: number
  /** Bodies that came with the intent, in its order. */
  readonly bodies: readonly Placed[]
  readonly hints: Hint[] = []
  readonly #row: AccountState
  #changed = false

  constructor(db: Database, account: AccountId, now: number, bodies: readonly Placed[]) {
    this.db = db
    this.account = account
    this.now = now
    this.bodies = bodies
    const row = db.get<AccountState>(
      `SELECT state, revision, quota_octets, quota_messages, used_octets, used_messages, last_uidvalidity, last_mailbox
       FROM accounts WHERE id = ?`,
      account,
    )
    if (row === undefined || row.state !== 'active') throw new StoreFault('missing', 'no such account')
    this.#row = row
  }

  /** The revision of this change. */
  get revision(): Modseq {
    if (!this.#changed) {
      this.#changed = true
      this.#row.revision += 1
    }
    return this.#row.revision as Modseq
  }

  /** The account's revision as it stands, without taking a new one. */
  get current(): Modseq {
    return this.#row.revision as Modseq
  }

  nextUidValidity(): number {
    this.#row.last_uidvalidity = Math.max(Math.floor(this.now / 1000), this.#row.last_uidvalidity + 1)
    return this.#row.last_uidvalidity
  }

  nextMailbox(): MailboxId {
    this.#row.last_mailbox += 1
    return this.#row.last_mailbox as MailboxId
  }

  /** Counts use against the quota. What frees space always passes. */
  use(octets: number, messages: number): void {
    const row = this.#row
    row.used_octets += octets
    row.used_messages += messages
    const overOctets = octets > 0 && row.quota_octets !== null && row.used_octets > row.quota_octets
    const overMessages = messages > 0 && row.quota_messages !== null && row.used_messages > row.quota_messages
    if (overOctets || overMessages) throw new Refusal('over-quota', 'The quota of the account is used up')
  }

  setQuota(octets: number | null, messages: number | null): void {
    this.#row.quota_octets = octets
    this.#row.quota_messages = messages
    this.log(0, ChangeKind.mailbox)
  }

  mailbox(id: MailboxId, missing: 'mailbox-missing' | 'target-missing' = 'mailbox-missing'): MailboxState {
    const row = this.db.get<MailboxState>(
      'SELECT id, name, uidvalidity, uidnext, modseq, log_floor FROM mailboxes WHERE account = ? AND id = ?',
      this.account,
      id,
    )
    if (row === undefined) throw new Refusal(missing, 'The mailbox does not exist')
    return row
  }

  /** Stamps the mailbox with this revision and adds to its totals. */
  stamp(mailbox: number, delta: Delta): void {
    this.db.run(
      `UPDATE mailboxes SET modseq = ?, uidnext = max(uidnext, ?), messages = messages + ?, unseen = unseen + ?,
         deleted = deleted + ?, octets = octets + ?, deleted_octets = deleted_octets + ?
       WHERE account = ? AND id = ?`,
      this.revision,
      delta.uidNext ?? 0,
      delta.messages ?? 0,
      delta.unseen ?? 0,
      delta.deleted ?? 0,
      delta.octets ?? 0,
      delta.deletedOctets ?? 0,
      this.account,
      mailbox,
    )
    this.hint(mailbox as MailboxId)
  }

  log(mailbox: number, kind: ChangeKind, uids: UidRanges = []): void {
    this.db.run(
      `INSERT INTO changes (account, mailbox, revision, kind, uids, nonce) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (account, mailbox, revision, kind) DO NOTHING`,
      this.account,
      mailbox,
      this.revision,
      kind,
      formatRanges(uids),
      randomInt(NONCES),
    )
    if (mailbox === 0) this.hint(null)
  }

  hint(mailbox: MailboxId | null): void {
    if (this.hints.some(hint => hint.mailbox === mailbox)) return
    this.hints.push({ account: this.account, mailbox, modseq: this.revision })
  }

  finish(): void {
    if (!this.#changed) return
    const row = this.#row
    this.db.run(
      `UPDATE accounts SET revision = ?, quota_octets = ?, quota_messages = ?, used_octets = ?, used_messages = ?,
         last_uidvalidity = ?, last_mailbox = ? WHERE id = ?`,
      row.revision,
      row.quota_octets,
      row.quota_messages,
      row.used_octets,
      row.used_messages,
      row.last_uidvalidity,
      row.last_mailbox,
      this.account,
    )
  }
}
