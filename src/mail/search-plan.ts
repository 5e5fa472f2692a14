import type { SearchKey, TextKey } from './search-program.ts'
import { intersect, type Spans } from './search-spans.ts'
import { isSetKey, type Matches, type SearchContext, spansOf, stateMatcher } from './search-state.ts'

/**
 * A program made ready: NOT stands only at the leaves, ANDs and ORs are flat, everything that memory answers is one function, and what
 * needs the messages comes after it, cheapest first.
 */
export type Step =
  | { readonly kind: 'state'; readonly matches: Matches }
  | { readonly kind: 'text'; readonly key: TextKey; readonly negated: boolean }
  | { readonly kind: 'and' | 'or'; readonly of: readonly Step[] }

export function planOf(program: SearchKey, context: SearchContext): Step {
  return compile(program, false)

  function compile(key: SearchKey, negated: boolean): Step {
    switch (key.key) {
      case 'ALL':
        return { kind: 'state', matches: () => !negated }
      case 'NOT':
        return compile(key.of, !negated)
      case 'AND':
      case 'OR': {
        const kind = (key.key === 'AND') === negated ? 'or' : 'and'
        return join(
          kind,
          key.of.map(each => compile(each, negated)),
        )
      }
      case 'SENTBEFORE':
      case 'SENTON':
      case 'SENTSINCE':
      case 'HEADER':
      case 'BODY':
      case 'TEXT':
        return { kind: 'text', key, negated }
      default: {
        const matches = stateMatcher(key, context)
        return { kind: 'state', matches: negated ? at => !matches(at) : matches }
      }
    }
  }
}

function join(kind: 'and' | 'or', steps: readonly Step[]): Step {
  const flat = steps.flatMap(step => (step.kind === kind ? step.of : [step]))
  const state = flat.filter(step => step.kind === 'state').map(step => step.matches)
  const others = flat.filter(step => step.kind !== 'state').sort((a, b) => cost(a) - cost(b))
  if (state.length === 0) return others.length === 1 ? others[0]! : { kind, of: others }
  const first: Step = { kind: 'state', matches: state.reduce(kind === 'and' ? both : either) }
  return others.length === 0 ? first : { kind, of: [first, ...others] }
}

const both =
  (a: Matches, b: Matches): Matches =>
  at =>
    a(at) && b(at)
const either =
  (a: Matches, b: Matches): Matches =>
  at =>
    a(at) || b(at)

/** Rough, in reads of the store: a row, a header, a body. */
function cost(step: Step): number {
  if (step.kind === 'state') return 0
  if (step.kind !== 'text') return step.of.reduce((sum, each) => sum + cost(each), 0)
  if (step.key.key === 'BODY' || step.key.key === 'TEXT') return 100
  return step.key.key === 'HEADER' && !/^subject$/i.test(step.key.field) ? 10 : 1
}

/** The rows that sets of numbers at the top of the program leave: those are examined, and no others. */
export function domainOf(program: SearchKey, context: SearchContext): Spans {
  const everything: Spans = context.rows.length === 0 ? [] : [[0, context.rows.length]]
  const keys = program.key === 'AND' ? program.of : [program]
  return keys.filter(isSetKey).reduce((domain, key) => intersect(domain, spansOf(key, context)), everything)
}
