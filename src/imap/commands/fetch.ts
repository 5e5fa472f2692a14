import type { Octets } from '#base/bytes.ts'
import { Refusal } from '#base/errors.ts'
import { limits } from '#base/limits.ts'
import type { Mail } from '#mail/mail.ts'
import { MESSAGE_PAGE } from '#mail/read.ts'
import type { View } from '#mail/view.ts'
import { Flag, type MessageRow } from '#ports/metadata.ts'
import { type At, bad, type Command, type Ending, no, ok } from '../session/command.ts'
import type { Session } from '../session/session.ts'
import { TimeSlice } from '../session/time-slice.ts'
import { parseFetchArgs } from '../wire/fetch-args.ts'
import { rangesOf } from '../wire/sets.ts'
import type { FetchItem, FetchModifiers, PartialRange, SequenceSet } from '../wire/syntax.ts'
import { ranges, responseText } from '../wire/writer.ts'
import { BodyItems } from './fetch-body.ts'
import { columnsOf, type StateItem, stateItem } from './fetch-state.ts'
import { limitMessages } from './message-limit.ts'
import { pageOf } from './partial.ts'
import { vanishedUids } from './resync.ts'

export type FetchArgs = {
  readonly messages: SequenceSet
  readonly items: readonly FetchItem[]
  readonly modifiers: FetchModifiers
}

/** Values answered from the mailbox state alone between two looks at the clock and the client's reading. */
const STATE_VALUES = 2_000

/** FETCH and UID FETCH. RFC 9051 §6.4.5; CHANGEDSINCE and VANISHED are RFC 7162 §3.1.4, §3.2.6, PARTIAL is RFC 9394 §3.3 */
export const fetch: Command<'selected', FetchArgs> = {
  name: 'FETCH',
  phase: 'selected',
  uid: true,
  numbers: true,
  holdsExpunge: true,
  parse: parseFetchArgs,

  async run(at, { messages, items, modifiers }, numbering) {
    const { session, mail, view } = at
    if (modifiers.vanished && (numbering === 'seq' || !session.enabled.qresync || modifiers.changedSince === null)) {
      return bad('VANISHED needs UID FETCH, QRESYNC and CHANGEDSINCE')
    }
    // RFC 9394 §3.3
    if (modifiers.partial && numbering === 'seq') return bad('PARTIAL needs UID FETCH')
    if (items.length > limits.fetchItems)
      throw new Refusal('limit', `Fetch at most ${limits.fetchItems} items at a time`)
    if (modifiers.changedSince !== null || items.some(({ item }) => item === 'MODSEQ')) session.enableCondstore()
    await mail.states.refresh(mail.account, view.state)

    const refused = modifiers.partial && tooLong(session, modifiers.partial)
    if (refused) return refused
    if (modifiers.vanished) await tellVanished(at, messages, modifiers.changedSince!)
    let uids = session.resolve(messages, numbering)
    if (modifiers.partial) uids = pageOf(uids, modifiers.partial)
    if (modifiers.changedSince !== null) uids = changedSince(view, uids, modifiers.changedSince)
    const limited = limitMessages(session, uids)

    const plan = planOf(session, items, numbering === 'uid', modifiers.changedSince !== null)
    const complete = await (plan.body ? sendBodies(at, limited.uids, plan) : sendStates(at, limited.uids, plan))
    if (!complete) {
      // One code to a line, and this one is the tagged line's. RFC 9738 §3.1
      if (limited.code) session.write(`* NO ${responseText(limited.code, 'Only the newest; ask for the rest')}\r\n`)
      return expungeIssued
    }
    return limited.code ? ok('FETCH done for the newest; ask for the rest', limited.code) : ok('FETCH done')
  },
}

/** A page of more messages than one command may have is refused whole. RFC 9738 §3.1 */
function tooLong({ services }: Session, { from, to }: PartialRange): Ending | null {
  const { messageLimit } = services.settings
  return messageLimit !== null && Math.abs(to - from) >= messageLimit
    ? no(`Pages have at most ${messageLimit} messages`, ['MESSAGELIMIT', messageLimit])
    : null
}

/** Some of the messages are gone for good: the client learns that the answer is not whole. RFC 5530 §3 EXPUNGEISSUED */
const expungeIssued: Ending = ok('FETCH done; some messages are gone', ['EXPUNGEISSUED'])

type Plan = {
  readonly state: readonly StateItem[]
  readonly body: BodyItems | null
  /** Tells FLAGS of messages that this FETCH itself makes \Seen, unless they were asked anyway. RFC 9051 §6.4.5, RFC 7162 §3.2.4 */
  readonly whenSeen: readonly StateItem[]
}

function planOf(session: Session, items: readonly FetchItem[], withUid: boolean, withModseq: boolean): Plan {
  const wanted = [...items]
  const has = (name: string) => wanted.some(({ item }) => item === name)
  if (withUid && !has('UID') && !session.enabled.uidOnly) wanted.unshift({ item: 'UID' })
  // In a mailbox that is synchronised by MODSEQ, flags are never told without it. RFC 7162 §3.1.4.1
  if ((withModseq || (session.enabled.condstore && has('FLAGS'))) && !has('MODSEQ')) wanted.push({ item: 'MODSEQ' })
  const state: StateItem[] = []
  const bodies: FetchItem[] = []
  for (const item of wanted) {
    const format = stateItem(session, item)
    if (format) state.push(format)
    else bodies.push(item)
  }
  const body = bodies.length > 0 ? new BodyItems(bodies) : null
  return { state, body, whenSeen: body?.setsSeen && !has('FLAGS') ? whenSeen(session, has) : [] }
}

function whenSeen(session: Session, has: (name: string) => boolean): readonly StateItem[] {
  const { qresync, condstore, uidOnly } = session.enabled
  const items: FetchItem[] = [{ item: 'FLAGS' }]
  if (qresync && !uidOnly && !has('UID')) items.unshift({ item: 'UID' })
  if (condstore && !has('MODSEQ')) items.push({ item: 'MODSEQ' })
  return items.map(item => stateItem(session, item)!)
}

/** Everything comes from memory: lines are made in runs that leave time for others. */
async function sendStates(
  { session, view }: At<'selected'>,
  uids: Uint32Array,
  { state: items }: Plan,
): Promise<boolean> {
  const slice = new TimeSlice()
  const page = Math.ceil(STATE_VALUES / Math.max(4, items.length))
  let complete = true
  for (let i = 0; i < uids.length; ) {
    let out = ''
    const end = Math.min(uids.length, i + page)
    // Where the state is what the client counts, positions run along with the UIDs.
    let position = view.state.index(uids[i]!)
    for (; i < end; i++) {
      const uid = uids[i]!
      if (view.state.uid[position] !== uid || position >= view.state.length) position = view.state.index(uid)
      const line = stateLine(session, view, uid, position, items)
      if (line === '') complete = false
      out += line
      if (position >= 0) position++
    }
    session.write(out)
    await session.drained()
    await slice.rest()
  }
  return complete
}

const opening = (session: Session, view: View, uid: number): Octets =>
  session.enabled.uidOnly ? `* ${uid} UIDFETCH (` : `* ${view.seqOf(uid)} FETCH (`

function stateLine(session: Session, view: View, uid: number, position: number, items: readonly StateItem[]): Octets {
  const columns = position >= 0 ? view.state : columnsOf(view.find(uid))
  if (!columns) return ''
  const at = Math.max(0, position)
  let out = opening(session, view, uid)
  for (let i = 0; i < items.length; i++) {
    if (i > 0) out += ' '
    out += items[i]!(columns, at, view)
  }
  return `${out})\r\n`
}

async function sendBodies(at: At<'selected'>, uids: Uint32Array, plan: Plan): Promise<boolean> {
  const { session, mail, view } = at
  const slice = new TimeSlice()
  let complete = true
  for (let i = 0; i < uids.length; i += MESSAGE_PAGE) {
    const page = uids.subarray(i, i + MESSAGE_PAGE)
    const nowSeen = plan.body!.setsSeen && !view.readOnly ? await markSeen(mail, view, page) : null
    const rows = await mail.metadata.messages(mail.account, view.state.id, page)
    if (plan.body!.readsBodies) mail.blobs.expect?.(rows.map(row => row.blob))
    let next = 0
    for (const uid of page) {
      const row = rows[next]?.uid === uid ? rows[next++]! : null
      if (!row || !(await sendMessage(at, uid, row, plan, nowSeen?.has(uid) ?? false))) complete = false
      const wait = session.drained()
      if (wait) await wait
      await slice.rest()
    }
  }
  return complete
}

async function sendMessage(
  { session, mail, view }: At<'selected'>,
  uid: number,
  row: MessageRow,
  plan: Plan,
  nowSeen: boolean,
): Promise<boolean> {
  const position = view.state.index(uid)
  const columns = position >= 0 ? view.state : columnsOf(view.find(uid))
  if (!columns) return false
  const at = Math.max(0, position)
  let head = opening(session, view, uid)
  for (const item of plan.state) head += `${item(columns, at, view)} `
  if (nowSeen) for (const item of plan.whenSeen) head += `${item(columns, at, view)} `
  await plan.body!.send(session, mail, row, head)
  session.write(')\r\n')
  return true
}

/** Sets \Seen on those of the page that lack it; answers which. */
async function markSeen(mail: Mail, view: View, page: Uint32Array): Promise<ReadonlySet<number>> {
  const unseen = page.filter(uid => ((view.find(uid)?.flags ?? Flag.seen) & Flag.seen) === 0)
  if (unseen.length === 0) return new Set()
  const result = await mail.metadata.setFlags(mail.account, view.state.id, {
    uids: rangesOf(unseen),
    action: 'add',
    flags: Flag.seen,
    keywords: [],
  })
  if (result.changed.length > 0) view.knows(result.modseq)
  await mail.states.refresh(mail.account, view.state)
  return new Set(result.changed)
}

function changedSince(view: View, uids: Uint32Array, modseq: number): Uint32Array {
  return uids.filter(uid => (view.find(uid)?.modseq ?? 0) > modseq)
}

async function tellVanished(
  { session, mail, view }: At<'selected'>,
  messages: SequenceSet,
  modseq: number,
): Promise<void> {
  const asked = messages === 'saved' ? rangesOf(session.saved) : messages
  const vanished = await vanishedUids(mail, view, modseq, asked)
  if (vanished.length > 0) session.write(`* VANISHED (EARLIER) ${ranges(vanished)}\r\n`)
}
