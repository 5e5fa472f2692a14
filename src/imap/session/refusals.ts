import { randomUUID } from 'node:crypto'
import { Refusal, type Refused, StoreFault, SyntaxFault } from '#base/errors.ts'
import type { Log } from '#base/log.ts'
import { ConnectionClosed } from '#net/connection.ts'
import { bad, type Ending, no } from './command.ts'
import { Gone } from './streamed-input.ts'

/** The only place where a refusal of the mail core becomes an IMAP response code. RFC 5530, RFC 4469 §4.2, RFC 9051 §7.1 */
export const codeFor = {
  'mailbox-missing': ['NONEXISTENT'],
  'mailbox-exists': ['ALREADYEXISTS'],
  'target-missing': ['TRYCREATE'],
  'mailbox-name': ['CANNOT'],
  'over-quota': ['OVERQUOTA'],
  'too-big': ['TOOBIG'],
  'not-allowed': ['NOPERM'],
  'not-possible': ['CANNOT'],
  'in-use': ['INUSE'],
  limit: ['LIMIT'],
  'unknown-cte': ['UNKNOWN-CTE'],
  'bad-charset': ['BADCHARSET', '(US-ASCII UTF-8)'],
} as const satisfies Record<Refused, readonly string[]>

/** The one catch of the protocol: what an error means to the client. Holds no path, no SQL, no other user's name. */
export function endingOf(error: unknown, log: Log, context: () => Record<string, unknown>): Ending {
  if (error instanceof SyntaxFault) return bad(error.message)
  if (error instanceof Refusal) return no(error.message, codeFor[error.reason])
  if (error instanceof StoreFault) {
    log.error('store.fault', { ...context(), failure: error.failure, err: error })
    if (error.failure === 'full') return no('The server has no room left; nothing was stored', ['UNAVAILABLE'])
    return no('The mail store is not available now; try again later', ['UNAVAILABLE'])
  }
  const id = randomUUID()
  log.error('session.fault', { ...context(), id, err: error })
  return no(`Internal error; quote ${id} when you report it`, ['SERVERBUG'])
}

/** The client left while something was done for it: nobody is there to be answered, and nothing is wrong here. */
export const isGone = (error: unknown): boolean =>
  error instanceof Gone || error instanceof ConnectionClosed || (error instanceof Error && error.name === 'AbortError')
