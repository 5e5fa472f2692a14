import type { Args } from './reader.ts'
import type { SelectArgs } from './syntax.ts'

/**
 * Arguments of SELECT and EXAMINE. RFC 9051 §6.3.2, RFC 7162 §3.1.8 and §3.2.5
 *
 *   parseSelectArgs(args)    SelectArgs
 */
export function parseSelectArgs(args: Args): SelectArgs {
  args.space()
  const mailbox = args.mailboxName()
  let condstore = false
  let qresync: SelectArgs['qresync'] = null
  if (args.skipSpaces() && !args.atEnd()) {
    args.list(() => {
      const parameter = args.word()
      if (parameter === 'CONDSTORE') condstore = true
      else if (parameter === 'QRESYNC') {
        args.skipSpaces()
        qresync = resynchronise(args)
      } else args.fault('unknown SELECT parameter')
    })
  }
  args.end()
  return { mailbox, condstore, qresync }
}

/** (uidvalidity modseq [known-uids] [(known-seqs known-uids)]) */
function resynchronise(args: Args): NonNullable<SelectArgs['qresync']> {
  args.expect('(')
  args.skipSpaces()
  const uidValidity = args.nzNumber()
  args.space()
  const modseq = args.modseq()
  let known: readonly (readonly [number, number])[] | null = null
  if (args.skipSpaces() && /^\d$/.test(args.peek())) {
    known = args.uidSet()
    args.skipSpaces()
  }
  const match = args.peek() === '(' ? sequenceMatch(args) : null
  args.skipSpaces()
  args.expect(')')
  return { uidValidity, modseq, known, match }
}

function sequenceMatch(args: Args) {
  args.expect('(')
  args.skipSpaces()
  const seqs = args.uidSet()
  args.space()
  const uids = args.uidSet()
  args.skipSpaces()
  args.expect(')')
  return { seqs, uids }
}
