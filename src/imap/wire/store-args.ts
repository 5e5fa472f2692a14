import { flagListOf } from './flags.ts'
import type { Args } from './reader.ts'
import type { FlagList, SequenceSet } from './syntax.ts'

/**
 * Arguments of STORE and UID STORE. RFC 9051 §6.4.6, RFC 7162 §3.1.3
 *
 *   parseStoreArgs(args)    { messages, unchangedSince, action, silent, flags }
 */
export type StoreArgs = {
  readonly messages: SequenceSet
  /** null without UNCHANGEDSINCE. */
  readonly unchangedSince: number | null
  readonly action: 'add' | 'remove' | 'replace'
  readonly silent: boolean
  readonly flags: FlagList
}

export function parseStoreArgs(args: Args): StoreArgs {
  args.space()
  const messages = args.sequenceSet()
  args.space()
  const unchangedSince = args.peek() === '(' ? modifiers(args) : null
  const action = args.take('+') ? 'add' : args.take('-') ? 'remove' : 'replace'
  const item = args.word()
  if (item !== 'FLAGS' && item !== 'FLAGS.SILENT') args.fault('FLAGS expected')
  args.space()
  const flags = args.peek() === '(' ? args.flagList() : bareFlags(args)
  args.end()
  return { messages, unchangedSince, action, silent: item === 'FLAGS.SILENT', flags }
}

function modifiers(args: Args): number | null {
  let unchangedSince: number | null = null
  args.list(() => {
    if (args.word() !== 'UNCHANGEDSINCE') args.fault('unknown STORE modifier')
    args.space()
    unchangedSince = args.modseq()
  })
  args.space()
  return unchangedSince
}

function bareFlags(args: Args): FlagList {
  const names = [args.flag()]
  while (args.skipSpaces() && !args.atEnd()) names.push(args.flag())
  return flagListOf(names)
}
