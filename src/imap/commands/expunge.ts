import { Refusal } from '#base/errors.ts'
import { Flag } from '#ports/metadata.ts'
import { type Command, ok } from '../session/command.ts'
import type { Session } from '../session/session.ts'
import { rangesOf } from '../wire/sets.ts'
import type { SequenceSet } from '../wire/syntax.ts'
import { responseText } from '../wire/writer.ts'
import { limitMessages } from './message-limit.ts'

/** Those of too many messages that have \Deleted: only they count. RFC 9738 §3.1 */
async function marked({ services, mail, view }: Session, uids: Uint32Array): Promise<Uint32Array> {
  const most = services.settings.messageLimit
  if (most === null || uids.length <= most || !mail || !view) return uids
  await mail.states.refresh(mail.account, view.state)
  return uids.filter(uid => ((view.find(uid)?.flags ?? 0) & Flag.deleted) !== 0)
}

/** EXPUNGE, and UID EXPUNGE for a set. RFC 9051 §6.4.3, RFC 4315 §2.1: the loop tells what went. */
export const expunge: Command<'selected', SequenceSet | null> = {
  name: 'EXPUNGE',
  phase: 'selected',
  uid: true,

  parse(args) {
    if (args.atEnd()) return null
    args.space()
    const messages = args.sequenceSet()
    args.end()
    return messages
  },

  async run({ session, mail, view }, messages, numbering) {
    if (view.readOnly) throw new Refusal('not-allowed', 'The mailbox is open for reading only')
    if ((messages === null) !== (numbering === 'seq'))
      return { status: 'BAD', text: 'UID EXPUNGE takes a set, EXPUNGE none' }
    // Only what this session was told of: a message that came and was marked meanwhile is another's to expunge.
    const uids = messages === null ? view.uids : session.resolve(messages, 'uid')
    const deleted = messages === null ? { uids, code: null } : limitMessages(session, await marked(session, uids))
    if (deleted.uids.length === 0) return ok('EXPUNGE done; nothing matched')
    const ranges = messages === null ? ([[1, deleted.uids[deleted.uids.length - 1]!]] as const) : rangesOf(deleted.uids)
    const result = await mail.metadata.expunge(mail.account, view.state.id, ranges, true)
    if (session.enabled.qresync && result.uids.length > 0) {
      // The tagged line has room for one code, and RFC 7162 §3.2.9 wants this one there.
      if (deleted.code) session.write(`* NO ${responseText(deleted.code, 'The newest only; go on below')}\r\n`)
      return ok('EXPUNGE done', ['HIGHESTMODSEQ', result.modseq])
    }
    return deleted.code ? ok('EXPUNGE done for the newest; go on below', deleted.code) : ok('EXPUNGE done')
  },
}
