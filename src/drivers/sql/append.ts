import { Refusal } from '#base/errors.ts'
import { MAX_UID, type MailboxId, type MessageId, type Uid } from '#base/ids.ts'
import { type Appended, type Expunged, Flag } from '#ports/metadata.ts'
import { holdBodies } from './bodies.ts'
import { expunge } from './expunge.ts'
import { Spellings } from './keywords.ts'
import type { MessageRecord } from './message-record.ts'
import { ChangeKind, type Delta, type MailboxState, type Placed, type Transaction } from './transaction.ts'
import { rangesOf } from './uid-set.ts'

/** Appends the records; `tx.bodies` are theirs, one each. */
export function append(tx: Transaction, mailbox: MailboxId, records: readonly MessageRecord[]): Appended {
  const target = tx.mailbox(mailbox, 'target-missing')
  if (records.length === 0) {
    return { uidValidity: target.uidvalidity, uids: [], modseq: target.modseq as Appended['modseq'], messages: [] }
  }
  const octets = records.reduce((sum, record) => sum + record.octets, 0)
  tx.use(octets, records.length)

  const spellings = new Spellings(tx.db, tx.account, mailbox)
  const uids: Uid[] = []
  const messages: MessageId[] = []
  const delta: Required<Delta> = {
    uidNext: target.uidnext,
    messages: records.length,
    unseen: 0,
    deleted: 0,
    octets,
    deletedOctets: 0,
  }
  records.forEach((record, i) => {
    const uid = takeUid(delta, record)
    const thread = findThread(tx, record)
    const message = insertMessage(tx, record, tx.bodies[i]!, thread)
    insertEntry(tx, target, record, {
      uid,
      message,
      thread: thread ?? message,
      keywords: spellings.text(record.keywords),
    })
    rememberThread(tx, record, thread ?? message)
    if ((record.flags & Flag.seen) === 0) delta.unseen += 1
    if ((record.flags & Flag.deleted) !== 0) {
      delta.deleted += 1
      delta.deletedOctets += record.octets
    }
    uids.push(uid)
    messages.push(message)
  })
  holdBodies(
    tx.db,
    tx.bodies.map((body, i) => ({ ...body, message: messages[i]! })),
  )
  spellings.save()
  tx.stamp(mailbox, delta)
  tx.log(mailbox, ChangeKind.changed, rangesOf(uids))
  return { uidValidity: target.uidvalidity, uids, modseq: tx.revision, messages }
}

/** RFC 8508: the new message and the expunge of the old one are one change. */
export function replace(
  tx: Transaction,
  mailbox: MailboxId,
  record: MessageRecord,
  source: MailboxId,
  replaced: Uid,
): Appended & { expunged: Expunged } {
  tx.mailbox(source)
  tx.mailbox(mailbox, 'target-missing')
  // The old message goes first: what it used is room for the new one.
  const expunged = expunge(tx, source, [[replaced, replaced]], false)
  return { ...append(tx, mailbox, [record]), expunged }
}

function takeUid(delta: { uidNext: number }, record: MessageRecord): Uid {
  const uid = record.uid !== null && record.uid >= delta.uidNext ? record.uid : delta.uidNext
  if (uid > MAX_UID) throw new Refusal('limit', 'The mailbox has no UIDs left')
  delta.uidNext = uid + 1
  return uid as Uid
}

/** The oldest conversation that any of the message's relatives is in. */
function findThread(tx: Transaction, record: MessageRecord): number | null {
  let oldest: number | null = null
  for (const key of record.threadKeys) {
    const row = tx.db.get<{ thread: number }>(
      'SELECT thread FROM thread_keys WHERE account = ? AND key = ?',
      tx.account,
      key,
    )
    if (row !== undefined && (oldest === null || row.thread < oldest)) oldest = row.thread
  }
  return oldest
}

/** Ancestors are remembered too: should they come later, they find their children. */
function rememberThread(tx: Transaction, record: MessageRecord, thread: number): void {
  for (const key of record.threadKeys) {
    tx.db.run(
      'INSERT INTO thread_keys (account, key, thread) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
      tx.account,
      key,
      thread,
    )
  }
}

function insertMessage(tx: Transaction, record: MessageRecord, body: Placed, thread: number | null): MessageId {
  const message = tx.db.insert(
    `INSERT INTO messages
       (account, thread, blob, segment, stored, form, octets, header_octets, digest, envelope, body_structure, preview)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    tx.account,
    thread ?? 0,
    body.id,
    body.segment,
    body.stored,
    body.form,
    record.octets,
    record.headerOctets,
    record.digest,
    record.envelope,
    record.bodyStructure,
    record.preview,
  ) as MessageId
  if (thread === null) tx.db.run('UPDATE messages SET thread = id WHERE id = ?', message)
  tx.db.run('INSERT INTO structures (message, account, facts) VALUES (?, ?, ?)', message, tx.account, record.structure)
  tx.db.run(
    `INSERT INTO sorts (message, account, sent_at, sent_zone, subject, base_subject, is_reply, from_mailbox, to_mailbox,
       cc_mailbox, display_from, display_to, message_id, in_reply_to, ancestors)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    message,
    tx.account,
    record.sentAt,
    record.sentZone,
    record.subject,
    record.baseSubject,
    record.isReply ? 1 : 0,
    record.from,
    record.to,
    record.cc,
    record.displayFrom,
    record.displayTo,
    record.messageId,
    record.inReplyTo,
    record.references,
  )
  return message
}

function insertEntry(
  tx: Transaction,
  target: MailboxState,
  record: MessageRecord,
  entry: { uid: Uid; message: number; thread: number; keywords: string },
): void {
  tx.db.run(
    `INSERT INTO entries
       (account, mailbox, uid, message, thread, modseq, flags, keywords, octets, received_at, zone, saved_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    tx.account,
    target.id,
    entry.uid,
    entry.message,
    entry.thread,
    tx.revision,
    record.flags,
    entry.keywords,
    record.octets,
    record.receivedAt,
    record.zone,
    tx.now,
  )
}
