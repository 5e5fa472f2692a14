import { Refusal } from '#base/errors.ts'
import { targetNamed } from '#mail/mailboxes.ts'
import type { Copied } from '#ports/metadata.ts'
import { type At, type Command, no, ok } from '../session/command.ts'
import type { Args } from '../wire/reader.ts'
import { rangesOf } from '../wire/sets.ts'
import type { SequenceSet } from '../wire/syntax.ts'
import { type ResponseCode, responseText, uidSet } from '../wire/writer.ts'
import { limitMessages } from './message-limit.ts'

type CopyArgs = { readonly messages: SequenceSet; readonly target: string }

function parse(args: Args): CopyArgs {
  args.space()
  const messages = args.sequenceSet()
  args.space()
  const target = args.mailboxName()
  args.end()
  return { messages, target }
}

/** COPY and UID COPY. RFC 9051 §6.4.7; COPYUID is RFC 4315 §3; the limit makes it fail as a whole, RFC 9738 §3.1.2 */
export const copy: Command<'selected', CopyArgs> = {
  name: 'COPY',
  phase: 'selected',
  uid: true,
  numbers: true,
  parse,

  async run({ session, mail, view }, { messages, target }, numbering) {
    const uids = session.resolve(messages, numbering)
    const row = await targetNamed(mail, target)
    // UIDs that match nothing are skipped, not refused. RFC 9051 §6.4.9
    if (uids.length === 0) return ok('Nothing to copy')
    const { messageLimit, saveLimit } = session.services.settings
    // One code for both limits. RFC 9738 §5
    const most = Math.min(messageLimit ?? Number.POSITIVE_INFINITY, saveLimit ?? Number.POSITIVE_INFINITY)
    if (uids.length > most) return no(`Copy at most ${most} messages at a time`, ['MESSAGELIMIT', most])
    // By number all or nothing is meant; a UID that is gone names nothing. RFC 2180 §4.4
    await mail.states.refresh(mail.account, view.state)
    if (numbering === 'seq' && uids.some(uid => view.state.index(uid) < 0))
      return no('Some of those messages are gone', ['EXPUNGEISSUED'])
    const copied = await mail.metadata.copy(mail.account, view.state.id, rangesOf(uids), row.id)
    if (copied.from.length === 0) return no('Those messages are gone', ['EXPUNGEISSUED'])
    return ok(`Copied ${copied.to.length}`, copyUid(copied))
  },
}

/** MOVE and UID MOVE. RFC 6851 §3, RFC 9051 §6.4.8: COPYUID comes before the EXPUNGEs, in an untagged OK. */
export const move: Command<'selected', CopyArgs> = {
  name: 'MOVE',
  phase: 'selected',
  uid: true,
  numbers: true,
  parse,

  async run(at: At<'selected'>, { messages, target }, numbering) {
    const { session, mail, view } = at
    if (view.readOnly) throw new Refusal('not-allowed', 'The mailbox is open for reading only')
    const limited = limitMessages(session, session.resolve(messages, numbering))
    const row = await targetNamed(mail, target)
    if (limited.uids.length === 0) return ok('Nothing to move')
    const moved = await mail.metadata.move(mail.account, view.state.id, rangesOf(limited.uids), row.id)
    if (moved.from.length > 0) session.write(`* OK [${copyUid(moved).join(' ')}] Moved\r\n`)
    // RFC 6851 §4.4; behind the COPYUID when the tagged line has another code.
    const highest: ResponseCode | null =
      session.enabled.qresync && moved.from.length > 0 ? ['HIGHESTMODSEQ', moved.modseq] : null
    if (!limited.code) return ok(`Moved ${moved.to.length}`, highest ?? undefined)
    if (highest) session.write(`* OK ${responseText(highest, 'Highest')}\r\n`)
    return ok('MOVE done for the newest; go on below', limited.code)
  },
}

export const copyUid = ({ uidValidity, from, to }: Copied): ResponseCode => [
  'COPYUID',
  uidValidity,
  uidSet(from),
  uidSet(to),
]
