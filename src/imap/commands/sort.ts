import { sortFound } from '#mail/sort.ts'
import type { Numbering } from '#mail/view.ts'
import { type At, type Command, type Ending, ok } from '../session/command.ts'
import type { CharsetRefusal } from '../wire/search-args.ts'
import { parseSortArgs, type SortArgs } from '../wire/sort-args.ts'
import { savesOnly } from './search.ts'
import { savedUids, sendEsearch, sendNumbers } from './search-results.ts'
import { asksModseq, find, orRefusal, paceOf, UTF8, whenPossible } from './search-run.ts'

/** SORT and UID SORT. RFC 5256 §3; RETURN is RFC 5267 §3 (ESORT), DISPLAYFROM and DISPLAYTO are RFC 5957 */
export const sort: Command<'selected', SortArgs | CharsetRefusal> = {
  name: 'SORT',
  phase: 'selected',
  uid: true,
  numbers: true,
  holdsExpunge: true,
  parse: orRefusal(parseSortArgs),

  run: (at, asked, numbering) => whenPossible(at.session, asked, UTF8, args => answer(at, args, numbering)),
}

async function answer(at: At<'selected'>, { returns, keys, program }: SortArgs, numbering: Numbering): Promise<Ending> {
  const { session, mail, view } = at
  const pace = paceOf(session)
  const found = await find(at, program, numbering, pace)
  const positions = await sortFound(mail, view.state.id, found, keys, pace)
  const results = { rows: found.rows, positions, numbering, withModseq: asksModseq(program) }
  if (returns?.save) session.saved = savedUids(found.rows, positions, returns)
  if (returns === null) await sendNumbers(session, 'SORT', results)
  else if (!savesOnly(returns)) await sendEsearch(session, returns, results)
  return ok('SORT done')
}
