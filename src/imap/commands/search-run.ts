import { type Found, type SearchRequest, search } from '#mail/search.ts'
import type { Progress } from '#mail/search-pace.ts'
import { Pace } from '#mail/search-pace.ts'
import type { Numbering } from '#mail/view.ts'
import { type At, bad, type Ending } from '../session/command.ts'
import type { Session } from '../session/session.ts'
import type { SearchKey } from '../wire/syntax.ts'
import { quoted } from '../wire/writer.ts'
import { numberIn } from './object-ids.ts'

/** What SEARCH, SORT and THREAD have in common: they look for messages first. */

/** How often a client that waits hears how far we are. RFC 9585 §3 */
const PROGRESS_MS = 10_000

/** Why a program cannot be carried out in this session; null when it can. */
export function refuseProgram(session: Session, program: SearchKey): Ending | null {
  // RFC 9586 §3: `$` and ALL stay, numbers go.
  if (session.enabled.uidOnly && some(program, key => key.key === 'SEQ' && key.set !== 'saved')) {
    return bad('Message numbers are off', ['UIDREQUIRED'])
  }
  return null
}

/** True when the program asks about modseqs, and so answers must tell them. RFC 7162 §3.1.5 */
export const asksModseq = (program: SearchKey): boolean => some(program, key => key.key === 'MODSEQ')

function some(program: SearchKey, test: (key: SearchKey) => boolean): boolean {
  if (test(program)) return true
  if (program.key === 'AND' || program.key === 'OR') return program.of.some(key => some(key, test))
  return program.key === 'NOT' && some(program.of, test)
}

/** Work that gives way to others, tells the client how far it is and ends when the client is gone. */
export const paceOf = (session: Session): Pace => new Pace(session.connection.signal, inProgress(session))

export async function find(
  { session, mail, view }: At<'selected'>,
  program: SearchKey,
  numbering: Numbering,
  pace: Pace,
  { limit = null, most = null }: Partial<Pick<SearchRequest, 'limit' | 'most'>> = {},
): Promise<Found> {
  // Scripts poll with SEARCH alone: what has come meanwhile is told now and found. Nothing may go while numbers are in use.
  await session.sync(false, numbering === 'uid')
  if (asksModseq(program)) session.enabled.condstore = true
  const numberOf = (id: string, key: 'EMAILID' | 'THREADID') => numberIn(id, key === 'EMAILID' ? 'E' : 'T')
  return search(mail, view, { program, saved: session.saved, numberOf, limit, most, pace })
}

/** `* OK [INPROGRESS ("tag" done total)]`, not too often. RFC 9585 §4 */
function inProgress(session: Session): Progress {
  const { clock } = session.services.mail
  const tag = session.tag.includes(']') ? 'NIL' : quoted(session.tag)
  let told = clock.now()
  return (done, total) => {
    if (done >= total || clock.now() - told < PROGRESS_MS) return
    told = clock.now()
    session.write(`* OK [INPROGRESS (${tag} ${done} ${total})] Working\r\n`)
  }
}
