import type { Mail } from '#mail/mail.ts'
import { mailboxNamed } from '#mail/mailboxes.ts'
import { View } from '#mail/view.ts'
import { Flag, type MailboxRow } from '#ports/metadata.ts'
import { type At, bad, type Command, type Ending, ok } from '../session/command.ts'
import type { Session } from '../session/session.ts'
import { SYSTEM_FLAGS } from '../session/updates.ts'
import { parseSelectArgs } from '../wire/select-args.ts'
import type { SelectArgs } from '../wire/syntax.ts'
import { listNormalised } from './list.ts'
import { mailboxObjectId } from './object-ids.ts'
import { resynchronise } from './resync.ts'

/** RFC 9051 §6.3.2, RFC 7162 §3.2.5 */
export const select: Command<'authenticated', SelectArgs> = {
  name: 'SELECT',
  phase: 'authenticated',
  parse: parseSelectArgs,
  run: (at, args) => open(at, args, false),
}

/** RFC 9051 §6.3.3: changes nothing, not even what is \Recent. */
export const examine: Command<'authenticated', SelectArgs> = {
  name: 'EXAMINE',
  phase: 'authenticated',
  parse: parseSelectArgs,
  run: (at, args) => open(at, args, true),
}

async function open({ session, mail }: At<'authenticated'>, args: SelectArgs, readOnly: boolean): Promise<Ending> {
  const { enabled } = session
  // RFC 7162 §3.2.5, RFC 9586 §3
  if (args.qresync && !enabled.qresync) return bad('ENABLE QRESYNC first')
  if (args.qresync?.match && enabled.uidOnly) return bad('Message numbers are off', ['UIDREQUIRED'])
  if (session.view) {
    session.unselect()
    if (enabled.rev2 || enabled.qresync) session.write('* OK [CLOSED] The mailbox before is closed\r\n')
  }
  if (args.condstore) enabled.condstore = true

  const row = await mailboxNamed(mail, args.mailbox)
  const state = await mail.states.acquire(mail.account, row.id)
  const view = new View(state, readOnly)
  session.select(view)
  await claimRecent(session, mail, row, view)
  const keywords = await mail.metadata.keywords(mail.account, row.id)
  // Others may have moved the state on meanwhile: what is described, and counted from now on, is one moment.
  view.sync(true)
  session.write(describe(session, row, view, keywords, args.mailbox))
  if (args.qresync) await resynchronise(session, mail, view, args.qresync)
  return ok(`${readOnly ? 'EXAMINE' : 'SELECT'} done`, [readOnly ? 'READ-ONLY' : 'READ-WRITE'])
}

/** \Recent goes to one session; EXAMINE only looks. RFC 3501 §2.3.2 */
async function claimRecent(session: Session, mail: Mail, row: MailboxRow, view: View): Promise<void> {
  if (session.enabled.rev2) return
  if (view.readOnly) view.addRecent({ from: row.recentFrom, to: Number.MAX_SAFE_INTEGER })
  else if (row.recentFrom < row.uidNext) view.addRecent(await mail.metadata.claimRecent(mail.account, row.id))
}

function describe(session: Session, row: MailboxRow, view: View, keywords: readonly string[], asked: string): string {
  const { enabled } = session
  const { state } = view
  const flags = [SYSTEM_FLAGS, ...keywords].join(' ')
  let out = `* FLAGS (${flags})\r\n* ${view.exists} EXISTS\r\n`
  if (!enabled.rev2) {
    out += `* ${view.recentCount()} RECENT\r\n`
    const unseen = enabled.uidOnly ? 0 : firstUnseen(view)
    if (unseen > 0) out += `* OK [UNSEEN ${unseen}] First unseen\r\n`
  } else {
    out += listNormalised(session, row, asked)
  }
  out += `* OK [PERMANENTFLAGS (${view.readOnly ? '' : `${flags} \\*`})] Flags that stay\r\n`
  out += `* OK [UIDVALIDITY ${state.uidValidity}] UIDs valid\r\n`
  out += `* OK [UIDNEXT ${state.uidNext}] Next UID\r\n`
  out += `* OK [HIGHESTMODSEQ ${state.modseq}] Highest\r\n`
  out += `* OK [MAILBOXID (${mailboxObjectId(row.id)})] Id\r\n`
  return out
}

function firstUnseen(view: View): number {
  const { state } = view
  for (let at = 0; at < state.length; at++) if ((state.flags[at]! & Flag.seen) === 0) return view.seqOf(state.uid[at]!)
  return 0
}

/** RFC 9051 §6.4.1: expunges without telling, then leaves. */
export const close: Command<'selected', null> = {
  name: 'CLOSE',
  phase: 'selected',
  parse(args) {
    args.end()
    return null
  },
  async run({ session, mail, view }) {
    const { readOnly, state } = view
    if (!readOnly) await mail.metadata.expunge(mail.account, state.id, [[1, 0xffff_ffff]], true)
    session.unselect()
    return ok('CLOSE done')
  },
}

/** RFC 9051 §6.4.2 */
export const unselect: Command<'selected', null> = {
  name: 'UNSELECT',
  phase: 'selected',
  parse(args) {
    args.end()
    return null
  },
  run({ session }) {
    session.unselect()
    return ok('UNSELECT done')
  },
}

/** RFC 3501 §6.4.1: everything acknowledged is durable already. */
export const check: Command<'selected', null> = {
  name: 'CHECK',
  phase: 'selected',
  parse(args) {
    args.end()
    return null
  },
  run: () => ok('CHECK done'),
}
