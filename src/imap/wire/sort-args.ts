import type { Octets } from '#base/bytes.ts'
import type { Args } from './reader.ts'
import { decoderFor, searchProgram, searchReturn } from './search-args.ts'
import type { SearchKey, SearchReturn, SortKey } from './syntax.ts'

/**
 * Arguments of SORT and THREAD and their UID forms. RFC 5256 §5, RFC 5267 §3 (ESORT), RFC 5957 (SORT=DISPLAY)
 *
 *   parseSortArgs(args)      { returns, keys, charset, program }
 *   parseThreadArgs(args)    { algorithm, charset, program }
 *
 * Both: @throws CharsetRefusal
 */
export type SortArgs = {
  /** null for the old SORT without RETURN. */
  readonly returns: SearchReturn | null
  readonly keys: readonly SortKey[]
  readonly charset: Octets
  readonly program: SearchKey
}

export type ThreadArgs = {
  readonly algorithm: 'ORDEREDSUBJECT' | 'REFERENCES'
  readonly charset: Octets
  readonly program: SearchKey
}

export function parseSortArgs(args: Args): SortArgs {
  args.space()
  const returns = searchReturn(args)
  const keys = args.list(() => sortKey(args))
  if (keys.length === 0) args.fault('sort key expected')
  return { returns, keys, ...criteria(args, returns) }
}

export function parseThreadArgs(args: Args): ThreadArgs {
  args.space()
  const algorithm = args.word()
  if (algorithm !== 'ORDEREDSUBJECT' && algorithm !== 'REFERENCES') args.fault('unknown threading algorithm')
  return { algorithm, ...criteria(args, null) }
}

function criteria(args: Args, returns: SearchReturn | null): Pick<SortArgs, 'charset' | 'program'> {
  args.space()
  const charset = args.astring()
  args.space()
  return { charset, program: searchProgram(args, decoderFor(charset, returns)) }
}

function sortKey(args: Args): SortKey {
  const reverse = args.takeWord('REVERSE')
  if (reverse) args.space()
  const by = args.word()
  switch (by) {
    case 'ARRIVAL':
    case 'CC':
    case 'DATE':
    case 'DISPLAYFROM':
    case 'DISPLAYTO':
    case 'FROM':
    case 'SIZE':
    case 'SUBJECT':
    case 'TO':
      return { by, reverse }
    default:
      return args.fault('unknown sort key')
  }
}
