/** From words to a verb and what it was given. Says what is wrong and what was probably meant. */
import { parseArgs } from 'node:util'
import { nearest } from '#config/nearest.ts'
import { UsageFault } from './exits.ts'
import type { Argument, Options, Verb } from './verb.ts'

/** The verb that the first words name, the longest that fits; the group when only its beginning does; null when nothing does. */
export function findVerb(
  words: readonly string[],
  verbs: readonly Verb[],
):
  | { readonly verb: Verb; readonly rest: readonly string[] }
  | { readonly group: string; readonly rest: readonly string[] }
  | null {
  for (let taken = Math.min(words.length, 3); taken > 0; taken--) {
    const name = words.slice(0, taken).join(' ')
    const found = verbs.find(each => each.name === name)
    const rest = words.slice(taken)
    if (found !== undefined) return { verb: found, rest }
    if (verbs.some(each => each.name.startsWith(`${name} `))) return { group: name, rest }
  }
  return null
}

export type Parsed = {
  readonly options: Record<string, boolean | string | readonly string[] | undefined>
  readonly arguments: readonly string[]
}

export function parseFor(verb: Pick<Verb, 'options' | 'arguments'>, words: readonly string[]): Parsed {
  const { options, arguments: wanted = [] } = verb
  const { tokens } = parseArgs({
    args: [...words],
    // Not strict: we say in our own words what is wrong, and what is near.
    strict: false,
    tokens: true,
    options: Object.fromEntries(
      Object.entries(options).map(([name, option]) => [
        name,
        {
          type: option.value === undefined ? ('boolean' as const) : ('string' as const),
          ...(option.short === undefined ? {} : { short: option.short }),
        },
      ]),
    ),
  })
  const given: string[] = []
  const found: Parsed['options'] = {}
  for (const [name, option] of Object.entries(options)) {
    found[name] = option.value === undefined ? false : option.multiple === true ? [] : undefined
  }
  for (const token of tokens) {
    if (token.kind === 'positional') given.push(token.value)
    else if (token.kind === 'option') takeOption(found, options, token)
  }
  checkCount(given, wanted)
  return { options: found, arguments: given }
}

type OptionToken = { name: string; rawName: string; value: string | undefined; inlineValue: boolean | undefined }

function takeOption(found: Parsed['options'], options: Options, token: OptionToken): void {
  const { name, rawName, value } = token
  const option = Object.hasOwn(options, name) ? options[name] : undefined
  if (option === undefined) {
    const near = nearest(name, [...Object.keys(options), 'help'])
    throw new UsageFault(`there is no option ${rawName}${near === null ? '' : `; did you mean --${near}?`}`)
  }
  if (option.value === undefined) {
    if (value !== undefined) throw new UsageFault(`--${name} takes no value`)
    found[name] = true
    return
  }
  if (value === undefined || (token.inlineValue !== true && value.startsWith('-') && value !== '-')) {
    throw new UsageFault(`--${name} wants a value: --${name} ${option.value}`)
  }
  if (option.multiple === true) found[name] = [...(found[name] as readonly string[]), value]
  else if (found[name] !== undefined) throw new UsageFault(`--${name} is given twice`)
  else found[name] = value
}

function checkCount(given: readonly string[], wanted: readonly Argument[]): void {
  const missing = wanted.find((argument, index) => argument.optional !== true && index >= given.length)
  if (missing !== undefined) throw new UsageFault(`${missing.name} is missing: ${missing.doc}`)
  const extra = given[wanted.length]
  if (extra !== undefined && wanted.at(-1)?.many !== true)
    throw new UsageFault(`what is "${extra}"? It is one word too many`)
}
