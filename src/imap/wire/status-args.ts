import type { Args } from './reader.ts'
import type { StatusItem } from './syntax.ts'

/**
 * Arguments of STATUS. RFC 9051 §6.3.11, RFC 7162 §3.1.7, RFC 7889, RFC 8474 §4.3, RFC 8438, RFC 9208 §4.1.4
 *
 *   parseStatusArgs(args)   { mailbox, items }
 *   statusItems(args)       (MESSAGES UNSEEN), also in LIST RETURN (STATUS (...)); each item once
 */
export type StatusArgs = { readonly mailbox: string; readonly items: readonly StatusItem[] }

export function parseStatusArgs(args: Args): StatusArgs {
  args.space()
  const mailbox = args.mailboxName()
  args.space()
  const items = statusItems(args)
  args.end()
  return { mailbox, items }
}

export function statusItems(args: Args): readonly StatusItem[] {
  const items = args.list(() => statusItem(args))
  return items.length > 0 ? [...new Set(items)] : args.fault('status items expected')
}

function statusItem(args: Args): StatusItem {
  const item = args.word()
  switch (item) {
    case 'MESSAGES':
    case 'RECENT':
    case 'UIDNEXT':
    case 'UIDVALIDITY':
    case 'UNSEEN':
    case 'DELETED':
    case 'SIZE':
    case 'HIGHESTMODSEQ':
    case 'APPENDLIMIT':
    case 'MAILBOXID':
    case 'DELETED-STORAGE':
      return item
    default:
      return args.fault('unknown status item')
  }
}
