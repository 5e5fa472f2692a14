import { Refusal } from '#base/errors.ts'
import { requireShort } from '#mail/keywords.ts'
import { writePages } from '#mail/write-pages.ts'
import { Flag, type UidRanges } from '#ports/metadata.ts'
import { type At, type Command, type Ending, ok } from '../session/command.ts'
import { TimeSlice } from '../session/time-slice.ts'
import { formatFlagsOf, formatNewKeywords } from '../session/updates.ts'
import { rangesOf } from '../wire/sets.ts'
import { parseStoreArgs, type StoreArgs } from '../wire/store-args.ts'
import { type ResponseCode, responseText, uidSet } from '../wire/writer.ts'
import { AssumedFlags } from './assumed-flags.ts'
import { limitMessages } from './message-limit.ts'

/** STORE and UID STORE. RFC 9051 §6.4.6; UNCHANGEDSINCE is RFC 7162 §3.1.3 */
export const store: Command<'selected', StoreArgs> = {
  name: 'STORE',
  phase: 'selected',
  uid: true,
  numbers: true,
  holdsExpunge: true,
  parse: parseStoreArgs,

  async run(at, args, numbering) {
    const { session, view } = at
    if (view.readOnly) throw new Refusal('not-allowed', 'The mailbox is open for reading only')
    requireShort(args.flags.keywords)
    if (args.unchangedSince !== null) session.enableCondstore()
    const limited = limitMessages(session, session.resolve(args.messages, numbering))
    const { uids } = limited
    if (uids.length === 0) return ok('STORE done; nothing matched')

    const modified: number[] = []
    for (const page of writePages(uids)) modified.push(...(await storePage(at, args, page, numbering === 'uid')))
    return ending(at, uids, Uint32Array.from(modified), numbering, limited.code)
  },
}

/** Changes the messages in one step and tells of it; answers those that had changed since. */
async function storePage(
  at: At<'selected'>,
  args: StoreArgs,
  uids: Uint32Array,
  withUid: boolean,
): Promise<Uint32Array> {
  const { mail, view } = at
  const assumed = args.silent ? new AssumedFlags(view, uids, args) : null
  const result = await mail.metadata.setFlags(mail.account, view.state.id, {
    uids: rangesOf(uids) as UidRanges,
    action: args.action,
    flags: args.flags.flags & ALL,
    keywords: args.flags.keywords,
    ...(args.unchangedSince === null ? {} : { unchangedSince: args.unchangedSince }),
  })
  if (result.changed.length > 0) view.knows(result.modseq)
  await mail.states.refresh(mail.account, view.state)
  await tell(at, assumed, uids, result, withUid)
  return result.modified
}

const ALL = Flag.seen | Flag.answered | Flag.flagged | Flag.deleted | Flag.draft

/**
 * The new flags of all messages named; with .SILENT only of those where the client would take them to be others. A client that follows
 * MODSEQ gets those of what changed, since it could not know them. RFC 7162 §3.1.3
 */
async function tell(
  { session, view }: At<'selected'>,
  assumed: AssumedFlags | null,
  uids: Uint32Array,
  result: { changed: Uint32Array; modified: Uint32Array },
  withUid: boolean,
): Promise<void> {
  session.write(formatNewKeywords(view))
  const slice = new TimeSlice()
  const told = assumed ? result.changed : uids
  const failed = new Set(result.modified)
  let out = ''
  for (let i = 0; i < told.length; i++) {
    const uid = told[i]!
    if (failed.has(uid) || view.state.index(uid) < 0) continue
    if (!assumed?.hold(view, uid)) out += formatFlagsOf(session, uid, withUid)
    else if (session.enabled.condstore)
      out += modseqLine(session.enabled, view.seqOf(uid), uid, view.find(uid)?.modseq, withUid)
    if (i % 500 !== 499) continue
    session.write(out)
    out = ''
    await session.drained()
    await slice.rest()
  }
  session.write(out)
}

function modseqLine(
  enabled: { uidOnly: boolean; qresync: boolean },
  seq: number,
  uid: number,
  modseq: number | undefined,
  withUid: boolean,
): string {
  if (modseq === undefined || seq === 0) return ''
  if (enabled.uidOnly) return `* ${uid} UIDFETCH (MODSEQ (${modseq}))\r\n`
  return `* ${seq} FETCH (${withUid || enabled.qresync ? `UID ${uid} ` : ''}MODSEQ (${modseq}))\r\n`
}

function ending(
  { session, view }: At<'selected'>,
  uids: Uint32Array,
  modified: Uint32Array,
  numbering: 'seq' | 'uid',
  limit: ResponseCode | null,
): Ending {
  if (modified.length > 0) {
    const named = numbering === 'uid' ? modified : modified.map(uid => view.seqOf(uid))
    return ok('STORE done for those that had not changed', ['MODIFIED', uidSet(named)])
  }
  // By UID the client hears of it in the same breath. RFC 2180 §4.2
  if (numbering === 'seq' && uids.some(uid => view.state.index(uid) < 0)) {
    if (limit) session.write(`* NO ${responseText(limit, 'The newest only; go on below')}\r\n`)
    return ok('STORE done; some of the messages are gone', ['EXPUNGEISSUED'])
  }
  return limit ? ok('STORE done for the newest; go on below', limit) : ok('STORE done')
}
