import type { MailboxId } from '#base/ids.ts'
import { messageIds } from '#mime/references.ts'
import type { Mail } from './mail.ts'
import type { Found } from './search.ts'
import type { Pace } from './search-pace.ts'
import { eachSortRow } from './sort.ts'
import { orderOf } from './sort-order.ts'
import { References } from './thread-references.ts'
import { mergeSubjects } from './thread-subjects.ts'
import { STEP, type Threads, treesOf } from './thread-tree.ts'

export type Algorithm = 'ORDEREDSUBJECT' | 'REFERENCES'

/** What was found as conversations. RFC 5256 §3 THREAD */
export async function threadFound(
  mail: Mail,
  mailbox: MailboxId,
  found: Pick<Found, 'rows' | 'positions'>,
  algorithm: Algorithm,
  pace: Pace,
): Promise<Threads> {
  const { rows, positions } = found
  const sent = Float64Array.from(positions, at => rows.receivedAt[at]!)
  const subjects = new Array<string>(positions.length).fill('')
  const isReply = new Uint8Array(positions.length)
  const references = algorithm === 'REFERENCES' ? new References(positions.length) : null
  await eachSortRow(mail, mailbox, found, pace, (row, i) => {
    // INTERNALDATE stands in for a Date that is not there. RFC 5256 §2.2
    if (row.sentAt !== null) sent[i] = row.sentAt
    subjects[i] = row.baseSubject
    isReply[i] = row.isReply ? 1 : 0
    references?.add(i, messageIds(row.messageId ?? '')[0] ?? null, row.references)
  })
  const order = await orderOf(positions.length, (a, b) => sent[a]! - sent[b]!, pace)
  if (references === null) return threadBySubject(subjects, order, pace)
  return mergeSubjects(await references.link(pace), subjects, isReply, order, pace)
}

/** Messages with the same base subject are children of the first of them. RFC 5256 §3 ORDEREDSUBJECT */
export async function threadBySubject(subjects: readonly string[], order: Uint32Array, pace: Pace): Promise<Threads> {
  const parent = new Int32Array(order.length).fill(-1)
  const first = new Map<string, number>()
  for (let i = 0; i < order.length; i++) {
    if (i % STEP === 0) await pace.rest()
    const message = order[i]!
    const subject = subjects[message]!
    const root = first.get(subject)
    if (root === undefined) first.set(subject, message)
    else parent[message] = root
  }
  return treesOf(parent, order.length, order, pace)
}
