import { Refusal } from '#base/errors.ts'
import { type Command, ok } from '../session/command.ts'
import { rangesOf } from '../wire/sets.ts'
import type { SequenceSet } from '../wire/syntax.ts'
import { responseText } from '../wire/writer.ts'
import { limitMessages } from './message-limit.ts'

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
    const deleted = messages === null ? { uids, code: null } : limitMessages(session, uids)
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
