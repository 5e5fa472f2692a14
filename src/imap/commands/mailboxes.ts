import type { Mail } from '#mail/mail.ts'
import { createMailbox, deleteMailbox, renameMailbox, setSubscribed } from '#mail/mailboxes.ts'
import type { MailboxRow, Role } from '#ports/metadata.ts'
import { type Command, no, ok } from '../session/command.ts'
import type { Session } from '../session/session.ts'
import type { Args } from '../wire/reader.ts'
import { listNormalised } from './list.ts'
import { mailboxObjectId } from './object-ids.ts'
import { roleOf } from './roles.ts'

type CreateArgs = { readonly name: string; readonly use: readonly string[] }

/** RFC 9051 §6.3.4; USE is RFC 6154 §3, MAILBOXID is RFC 8474 §4.2. */
export const create: Command<'authenticated', CreateArgs> = {
  name: 'CREATE',
  phase: 'authenticated',
  parse(args) {
    args.space()
    const name = args.mailboxName()
    const use: string[] = []
    if (!args.atEnd()) {
      args.space()
      args.list(() => {
        const option = args.atom().toUpperCase()
        args.space()
        if (option !== 'USE') args.fault('unknown CREATE parameter')
        args.list(() => use.push(args.flag()))
      })
    }
    args.end()
    return { name, use }
  },
  async run({ session, mail }, { name, use }) {
    const role = await useOf(mail, use)
    if (role === 'refused') return no('That special use cannot be given here', ['USEATTR'])
    const row = await createMailbox(mail, name, role)
    tellNormalised(session, row, name, name)
    return ok('CREATE done', ['MAILBOXID', `(${mailboxObjectId(row.id)})`])
  },
}

/** One use to a mailbox, and one mailbox to a use. RFC 6154 §3 */
async function useOf(mail: Mail, use: readonly string[]): Promise<Role | null | 'refused'> {
  const [attribute, another] = use
  if (attribute === undefined) return null
  const role = another === undefined ? roleOf(attribute) : null
  const taken = role !== null && (await mail.metadata.mailboxes(mail.account)).some(row => row.role === role)
  return role === null || taken ? 'refused' : role
}

/** Under IMAP4rev2 a client hears of a name that became another one. RFC 9051 §6.3.4, §6.3.6 */
function tellNormalised(session: Session, row: Pick<MailboxRow, 'name' | 'role'>, asked: string, old: string): void {
  if (session.enabled.rev2 && !asked.startsWith(row.name)) session.write(listNormalised(session, row, old))
}

const oneName = (args: Args): string => {
  args.space()
  const name = args.mailboxName()
  args.end()
  return name
}

/** RFC 9051 §6.3.5 */
export const del: Command<'authenticated', string> = {
  name: 'DELETE',
  phase: 'authenticated',
  parse: oneName,
  async run({ session, mail }, name) {
    const row = await deleteMailbox(mail, name)
    if (session.view?.state.id === row.id) session.unselect()
    return ok('DELETE done')
  },
}

/** RFC 9051 §6.3.6 */
export const rename: Command<'authenticated', { from: string; to: string }> = {
  name: 'RENAME',
  phase: 'authenticated',
  parse(args) {
    args.space()
    const from = args.mailboxName()
    args.space()
    const to = args.mailboxName()
    args.end()
    return { from, to }
  },
  async run({ session, mail }, { from, to }) {
    const row = await renameMailbox(mail, from, to)
    tellNormalised(session, row, to, from)
    return ok('RENAME done')
  },
}

/** RFC 9051 §6.3.7 */
export const subscribe: Command<'authenticated', string> = {
  name: 'SUBSCRIBE',
  phase: 'authenticated',
  parse: oneName,
  async run({ mail }, name) {
    await setSubscribed(mail, name, true)
    return ok('SUBSCRIBE done')
  },
}

/** RFC 9051 §6.3.8: unsubscribing what is not subscribed is OK, since some clients repeat it until it is. */
export const unsubscribe: Command<'authenticated', string> = {
  name: 'UNSUBSCRIBE',
  phase: 'authenticated',
  parse: oneName,
  async run({ mail }, name) {
    await setSubscribed(mail, name, false)
    return ok('UNSUBSCRIBE done')
  },
}

/** RFC 9051 §6.3.10: one personal namespace. */
export const namespace: Command<'authenticated', null> = {
  name: 'NAMESPACE',
  phase: 'authenticated',
  parse(args) {
    args.end()
    return null
  },
  run({ session }) {
    session.write('* NAMESPACE (("" "/")) NIL NIL\r\n')
    return ok('NAMESPACE done')
  },
}
