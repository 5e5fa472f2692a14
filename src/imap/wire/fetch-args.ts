import { partialRange } from './partial-range.ts'
import type { Args } from './reader.ts'
import { partial, section, sectionPath } from './section.ts'
import type { FetchItem, FetchModifiers, SequenceSet } from './syntax.ts'

/**
 * Arguments of FETCH and UID FETCH. RFC 9051 §6.4.5, RFC 3516, RFC 7162 §3.1.4, RFC 8970, RFC 9394
 *
 *   parseFetchArgs(args)    { messages, items, modifiers }; macros are expanded, an item asked for twice is there once
 *
 * VANISHED and PARTIAL are only for UID FETCH: the command checks.
 */
export type FetchArgs = {
  readonly messages: SequenceSet
  readonly items: readonly FetchItem[]
  readonly modifiers: FetchModifiers
}

export function parseFetchArgs(args: Args): FetchArgs {
  args.space()
  const messages = args.sequenceSet()
  args.space()
  const items = fetchItems(args)
  const modifiers = fetchModifiers(args)
  args.end()
  return { messages, items, modifiers }
}

const FAST = ['FLAGS', 'INTERNALDATE', 'RFC822.SIZE'] as const
const macros: Readonly<Record<string, readonly FetchItem[]>> = {
  FAST: FAST.map(item => ({ item })),
  ALL: [...FAST, 'ENVELOPE' as const].map(item => ({ item })),
  FULL: [...FAST, 'ENVELOPE' as const, 'BODY' as const].map(item => ({ item })),
}

function fetchItems(args: Args): readonly FetchItem[] {
  if (args.peek() !== '(') {
    const name = itemName(args)
    return macros[name] ?? [fetchItem(args, name)]
  }
  const items = args.list(() => fetchItem(args, itemName(args)))
  if (items.length === 0) args.fault('data items expected')
  return [...new Map(items.map(item => [JSON.stringify(item), item])).values()]
}

const ITEM_NAME = /[A-Za-z0-9.]+/y

const itemName = (args: Args): string => args.match(ITEM_NAME)?.toUpperCase() ?? args.fault('data item expected')

function fetchItem(args: Args, name: string): FetchItem {
  switch (name) {
    case 'UID':
    case 'FLAGS':
    case 'INTERNALDATE':
    case 'RFC822.SIZE':
    case 'ENVELOPE':
    case 'BODYSTRUCTURE':
    case 'MODSEQ':
    case 'EMAILID':
    case 'THREADID':
    case 'SAVEDATE':
    case 'RFC822':
    case 'RFC822.HEADER':
    case 'RFC822.TEXT':
      return { item: name }
    case 'PREVIEW':
      // Only this list belongs to the item; another one would be the command's modifiers.
      return { item: name, lazy: args.match(/ +\( *lazy *\)/iy) !== null }
    case 'BODY':
    case 'BODY.PEEK':
      if (name === 'BODY' && args.peek() !== '[') return { item: name }
      return { item: 'SECTION', section: section(args), peek: name !== 'BODY', partial: partial(args) }
    case 'BINARY':
    case 'BINARY.PEEK':
      return { item: 'BINARY', path: sectionPath(args), peek: name !== 'BINARY', partial: partial(args) }
    case 'BINARY.SIZE':
      return { item: name, path: sectionPath(args) }
    default:
      return args.fault('unknown data item')
  }
}

function fetchModifiers(args: Args): FetchModifiers {
  const modifiers: { -readonly [name in keyof FetchModifiers]: FetchModifiers[name] } = {
    changedSince: null,
    vanished: false,
    partial: null,
  }
  if (!args.skipSpaces() || args.atEnd()) return modifiers
  args.list(() => {
    const name = args.word()
    if (name === 'VANISHED') modifiers.vanished = true
    else if (name === 'CHANGEDSINCE') {
      args.space()
      modifiers.changedSince = args.modseq()
    } else if (name === 'PARTIAL') {
      args.space()
      modifiers.partial = partialRange(args)
    } else args.fault('unknown FETCH modifier')
  })
  // RFC 7162 §3.2.6
  if (modifiers.vanished && modifiers.changedSince === null) args.fault('VANISHED needs CHANGEDSINCE')
  return modifiers
}
