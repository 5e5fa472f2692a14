import type { Command } from '../session/command.ts'
import { Idling } from '../session/idling.ts'

/** RFC 2177. Ends with DONE, which the loop reads; also allowed with nothing selected. */
export const idle: Command<'authenticated', null> = {
  name: 'IDLE',
  phase: 'authenticated',
  parse(args) {
    args.end()
    return null
  },
  run({ session }) {
    session.idling = new Idling(session)
    session.continuation('idling')
    return null
  },
}
