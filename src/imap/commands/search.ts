import type { Found, SearchRequest } from '#mail/search.ts'
import type { Numbering } from '#mail/view.ts'
import { type At, type Command, type Ending, ok } from '../session/command.ts'
import { type CharsetRefusal, parseSearchArgs } from '../wire/search-args.ts'
import type { SearchArgs, SearchReturn } from '../wire/syntax.ts'
import { savedUids, sendEsearch, sendNumbers } from './search-results.ts'
import { asksModseq, find, orRefusal, paceOf, whenPossible } from './search-run.ts'

/** SEARCH and UID SEARCH. RFC 9051 §6.4.4, RFC 4731 (RETURN), RFC 5182 (SAVE), RFC 9394 (PARTIAL), RFC 9738 */
export const search: Command<'selected', SearchArgs | CharsetRefusal> = {
  name: 'SEARCH',
  phase: 'selected',
  uid: true,
  numbers: true,
  holdsExpunge: true,
  parse: orRefusal(parseSearchArgs),

  run: (at, asked, numbering) => whenPossible(at.session, asked, null, args => answer(at, args, numbering)),
}

async function answer(at: At<'selected'>, { returns, program }: SearchArgs, numbering: Numbering): Promise<Ending> {
  const { session } = at
  const limit = session.services.settings.messageLimit
  const found = await find(at, program, numbering, paceOf(session), { limit, most: mostOf(returns) })
  const results = { ...found, numbering, withModseq: asksModseq(program) }
  if (returns?.save) session.saved = savedUids(found.rows, found.positions, returns)
  const asked = returns ?? (session.enabled.rev2 ? plain : null)
  if (asked === null) await sendNumbers(session, 'SEARCH', results)
  else if (!savesOnly(asked)) await sendEsearch(session, asked, results)
  return ending(found, limit)
}

function ending({ lowest }: Found, limit: number | null): Ending {
  if (lowest === null || limit === null) return ok('SEARCH done')
  return ok('SEARCH done for the newest; search below for the rest', ['MESSAGELIMIT', limit, lowest])
}

/** What IMAP4rev2 answers to a SEARCH without RETURN. RFC 9051 §6.4.4 */
const plain: SearchReturn = { min: false, max: false, all: true, count: false, save: false, partial: null }

/** SAVE by itself asks for no answer. RFC 5182 §2.1, RFC 9051 §6.4.4 */
export const savesOnly = ({ min, max, all, count, save, partial }: SearchReturn): boolean =>
  save && !(min || max || all || count || partial)

/** How many results are enough for what is asked. */
export function mostOf(returns: SearchReturn | null): SearchRequest['most'] {
  if (!returns || returns.all || returns.count || savesOnly(returns)) return null
  const { min, max, partial } = returns
  if (min && !max && !partial) return { from: 'first', count: 1 }
  if (max && !min && !partial) return { from: 'last', count: 1 }
  if (min || max || !partial) return null
  return { from: partial.from > 0 ? 'first' : 'last', count: Math.max(Math.abs(partial.from), Math.abs(partial.to)) }
}
