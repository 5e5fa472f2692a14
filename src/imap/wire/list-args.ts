import type { Args } from './reader.ts'
import { statusItems } from './status-args.ts'
import type { ListArgs } from './syntax.ts'

/**
 * Arguments of LIST, and of LSUB and XLIST. RFC 9051 §6.3.9, RFC 5258, RFC 5819, RFC 6154
 *
 *   parseListArgs(args)        plain and extended LIST
 *   parsePlainListArgs(args)   LSUB, XLIST: reference and one pattern
 *
 * Reference and patterns are names as the client means them, INBOX folded, not yet joined.
 */
export function parseListArgs(args: Args): ListArgs {
  args.space()
  const withSelect = args.peek() === '('
  const select = withSelect ? selectOptions(args) : noSelect
  if (withSelect) args.space()
  const reference = args.mailboxName()
  args.space()
  const withPatterns = args.peek() === '('
  const patterns = withPatterns ? args.list(() => args.listMailbox()) : [args.listMailbox()]
  if (patterns.length === 0) args.fault('mailbox pattern expected')
  const withReturns = args.skipSpaces() && args.takeWord('RETURN')
  const returns = withReturns ? returnOptions(args) : noReturns
  args.end()
  return { select, reference, patterns, returns, extended: withSelect || withPatterns || withReturns }
}

export function parsePlainListArgs(args: Args): ListArgs {
  args.space()
  const reference = args.mailboxName()
  args.space()
  const patterns = [args.listMailbox()]
  args.end()
  return { select: noSelect, reference, patterns, returns: noReturns, extended: false }
}

type Select = ListArgs['select']
type Returns = ListArgs['returns']

const noSelect: Select = { subscribed: false, remote: false, recursiveMatch: false, specialUse: false }
const noReturns: Returns = { subscribed: false, children: false, specialUse: false, status: null }

function selectOptions(args: Args): Select {
  const options = new Set(args.list(() => args.word()))
  const has = (name: string): boolean => options.delete(name)
  const select = {
    subscribed: has('SUBSCRIBED'),
    remote: has('REMOTE'),
    recursiveMatch: has('RECURSIVEMATCH'),
    specialUse: has('SPECIAL-USE'),
  }
  if (options.size > 0) args.fault('unknown LIST selection option')
  // RFC 5258 §3.1: it says how to match what another option selects.
  if (select.recursiveMatch && !select.subscribed && !select.specialUse) {
    args.fault('RECURSIVEMATCH needs SUBSCRIBED or SPECIAL-USE')
  }
  return select
}

function returnOptions(args: Args): Returns {
  args.skipSpaces()
  const returns: { -readonly [name in keyof Returns]: Returns[name] } = { ...noReturns }
  args.list(() => {
    const option = args.word()
    switch (option) {
      case 'SUBSCRIBED':
        returns.subscribed = true
        break
      case 'CHILDREN':
        returns.children = true
        break
      case 'SPECIAL-USE':
        returns.specialUse = true
        break
      case 'STATUS':
        args.skipSpaces()
        returns.status = statusItems(args)
        break
      default:
        args.fault('unknown LIST return option')
    }
  })
  return returns
}
