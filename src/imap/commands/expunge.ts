import { Refusal } from '#base/errors.ts'
import { writePages } from '#mail/write-pages.ts'
import { Flag } from '#ports/metadata.ts'
import { type At, type Command, ok } from '../session/command.ts'
import { rangesOf } from '../wire/sets.ts'
import type { SequenceSet } from '../wire/syntax.ts'
import { responseText } from '../wire/writer.ts'
import { limitMessages } from './message-limit.ts'

/** Those of the messages that have \Deleted: only they count. RFC 9738 §3.1 */
async function marked({ mail, view }: At<'selected'>, uids: Uint32Array): Promise<Uint32Array> {
  await mail.states.refresh(mail.account, view.state)
  const { state } = view
  return uids.filter(uid => {
    const at = state.index(uid)
    return at >= 0 && (state.flags[at]! & Flag.deleted) !== 0
  })
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

  async run(at, messages, numbering) {
    const { session, mail, view } = at
    if (view.readOnly) throw new Refusal('not-allowed', 'The mailbox is open for reading only')
    if ((messages === null) !== (numbering === 'seq'))
      return { status: 'BAD', text: 'UID EXPUNGE takes a set, EXPUNGE none' }
    // Only what this session was told of: a message that came and was marked meanwhile is another's to expunge.
    const uids = await marked(at, messages === null ? view.uids : session.resolve(messages, 'uid'))
    const deleted = messages === null ? { uids, code: null } : limitMessages(session, uids)
    let modseq: number | null = null
    for (const page of writePages(deleted.uids)) {
      const gone = await mail.metadata.expunge(mail.account, view.state.id, rangesOf(page), true)
      if (gone.uids.length > 0) modseq = gone.modseq
      // The last page's are told by the loop, as after any command.
      if (page.length < deleted.uids.length) await session.sync(true, numbering === 'uid')
    }
    if (session.enabled.qresync && modseq !== null) {
      // The tagged line has room for one code, and RFC 7162 §3.2.9 wants this one there.
      if (deleted.code) session.write(`* NO ${responseText(deleted.code, 'The newest only; go on below')}\r\n`)
      return ok('EXPUNGE done', ['HIGHESTMODSEQ', modseq])
    }
    return deleted.code ? ok('EXPUNGE done for the newest; go on below', deleted.code) : ok('EXPUNGE done')
  },
}
