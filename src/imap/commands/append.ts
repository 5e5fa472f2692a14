import { Appending } from '#mail/append.ts'
import { ok, type StreamingCommand } from '../session/command.ts'
import { parseAppendStart } from '../wire/append-args.ts'
import { uidSet } from '../wire/writer.ts'
import { orRefusal, parsed, receive } from './append-message.ts'

/**
 * RFC 9051 §6.3.12; several messages RFC 3502, CATENATE RFC 4469, APPENDUID RFC 4315 §3. Whatever can be refused (no such mailbox, too
 * big, no room) is before the client is told to send.
 */
export const append: StreamingCommand<'authenticated'> = {
  name: 'APPEND',
  phase: 'authenticated',
  streams: true,

  run({ session, mail }, input) {
    return orRefusal(async () => {
      const start = await parsed(input, parseAppendStart)
      await using appending = await Appending.open(mail, start.mailbox!)
      await receive(session, mail, input, start, appending)
      const { uidValidity, uids } = await appending.commit()
      return ok('APPEND done', ['APPENDUID', uidValidity, uidSet(uids)])
    })
  },
}
