import { Refusal } from '#base/errors.ts'
import { createMailbox, deleteMailbox, renameMailbox, setSubscribed } from '#mail/mailboxes.ts'
import type { Role } from '#ports/metadata.ts'
import { type Command, ok } from '../session/command.ts'
import type { Args } from '../wire/reader.ts'
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
        if (option !== 'USE') {
          args.list(() => args.astring())
          return
        }
        args.list(() => use.push(args.flag()))
      })
    }
    args.end()
    return { name, use }
  },
  async run({ mail }, { name, use }) {
    const row = await createMailbox(mail, name, useOf(use))
    return ok('CREATE done', ['MAILBOXID', `(${mailboxObjectId(row.id)})`])
  },
}

function useOf(use: readonly string[]): Role | null {
  if (use.length === 0) return null
  const roles = use.map(roleOf)
  const role = roles[0]
  if (roles.length > 1 || !role) throw new UseRefusal('That special use cannot be given here')
  return role
}

/** NO [USEATTR] has no other cause than this. RFC 6154 §6 */
export class UseRefusal extends Refusal {
  constructor(message: string) {
    super('not-possible', message)
  }
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
  async run({ mail }, { from, to }) {
    await renameMailbox(mail, from, to)
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
