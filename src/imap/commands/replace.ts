import { Refusal, SyntaxFault } from '#base/errors.ts'
import { type Uid, uid } from '#base/ids.ts'
import { Appending } from '#mail/append.ts'
import type { Numbering, View } from '#mail/view.ts'
import { ok, type StreamingCommand } from '../session/command.ts'
import { parseReplaceStart } from '../wire/append-args.ts'
import { uidSet } from '../wire/writer.ts'
import { AppendRefusal, orRefusal, parsed, receive } from './append-message.ts'

/** RFC 8508: append and expunge in one step; only the net use of storage counts. */
export const replace: StreamingCommand<'selected'> = {
  name: 'REPLACE',
  phase: 'selected',
  uid: true,
  numbers: true,
  streams: true,

  run({ session, mail, view }, input, numbering) {
    return orRefusal(async () => {
      const start = await parsed(input, parseReplaceStart)
      if (view.readOnly) throw new Refusal('not-allowed', 'The mailbox is open for reading only')
      const replaced = find(view, start.replaced, numbering)
      const freed = { octets: view.find(replaced)?.octets ?? 0, messages: 1 }
      await using appending = await Appending.open(mail, start.mailbox!, freed)
      await receive(session, mail, input, start, appending)
      const { uidValidity, uids, expunged } = await appending.replace(view.state.id, replaced)
      // Before the EXPUNGE that the loop tells, so that the client knows the new message when the old one goes. RFC 8508 §4.3
      session.write(`* OK [APPENDUID ${uidValidity} ${uidSet(uids)}] The replacement is there\r\n`)
      // As after an expunge. RFC 7162 §3.2.10
      return session.enabled.qresync ? ok('REPLACE done', ['HIGHESTMODSEQ', expunged.modseq]) : ok('REPLACE done')
    })
  },
}

function find(view: View, number: number, numbering: Numbering): Uid {
  if (numbering === 'seq' && number !== Number.POSITIVE_INFINITY && number > view.exists)
    throw new SyntaxFault(`There are ${view.exists} messages`)
  const [found] = view.resolve([[number, number]], numbering)
  if (found === undefined) throw new AppendRefusal('There is no such message')
  if (view.state.index(found) < 0) throw new AppendRefusal('That message is gone', ['EXPUNGEISSUED'])
  return uid(found)
}
