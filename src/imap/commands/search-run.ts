import type { Octets } from '#base/bytes.ts'
import { SyntaxFault } from '#base/errors.ts'
import { type Found, type SearchRequest, search } from '#mail/search.ts'
import { Pace, type Progress } from '#mail/search-pace.ts'
import type { Numbering } from '#mail/view.ts'
import { type At, bad, type Ending } from '../session/command.ts'
import type { Session } from '../session/session.ts'
import type { Args } from '../wire/reader.ts'
import { CharsetRefusal } from '../wire/search-args.ts'
import type { SearchKey, SearchReturn } from '../wire/syntax.ts'
import { quoted } from '../wire/writer.ts'
import { numberIn } from './object-ids.ts'

/** What SEARCH, SORT and THREAD have in common: they look for messages first. */

/** How often a client that waits hears how far we are. RFC 9585 §3 */
const PROGRESS_MS = 10_000

/** Arguments as read, or the refusal of their charset, which only a session can answer. */
export const orRefusal =
  <A>(parse: (args: Args) => A) =>
  (args: Args): A | CharsetRefusal => {
    try {
      return parse(args)
    } catch (error) {
      if (error instanceof CharsetRefusal) return error
      throw error
    }
  }

/** The charset that SORT and THREAD must name. */
export const UTF8 = /^utf-?8$/i

type Looking = {
  readonly program: SearchKey
  readonly charset: Octets | null
  readonly returns?: SearchReturn | null
}

/** Runs a command unless its program cannot be carried out in this session. `charsets`: those allowed after ENABLE UTF8=ACCEPT. */
export async function whenPossible<A extends Looking>(
  session: Session,
  args: A | CharsetRefusal,
  charsets: RegExp | null,
  run: (args: A) => Promise<Ending>,
): Promise<Ending> {
  const refused = args instanceof CharsetRefusal
  // RFC 9755 §3
  if (session.enabled.utf8 && (refused || (args.charset !== null && !charsets?.test(args.charset)))) {
    return bad('Text is UTF-8 here; no charset is to be named')
  }
  try {
    if (refused) throw args
    // RFC 9586 §3: `$` and ALL stay, numbers go.
    if (session.enabled.uidOnly && some(args.program, key => key.key === 'SEQ' && key.set !== 'saved')) {
      return bad('Message numbers are off', ['UIDREQUIRED'])
    }
    return await run(args)
  } catch (error) {
    // A search that was to be saved and ends in NO leaves `$` empty. RFC 5182 §2.1
    const save = refused ? args.save : args.returns?.save
    if (save && !(error instanceof SyntaxFault)) session.saved = new Uint32Array(0)
    throw error
  }
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
  if (asksModseq(program)) session.enableCondstore()
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
