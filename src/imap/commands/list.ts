import type { Mail } from '#mail/mail.ts'
import { byName, type ListedName, listNames } from '#mail/mailboxes.ts'
import { INBOX, parentsOf } from '#mail/names.ts'
import type { MailboxRow } from '#ports/metadata.ts'
import { type Command, ok } from '../session/command.ts'
import type { Session } from '../session/session.ts'
import { TimeSlice } from '../session/time-slice.ts'
import { parseListArgs, parsePlainListArgs } from '../wire/list-args.ts'
import type { ListArgs } from '../wire/syntax.ts'
import { mailboxName } from '../wire/writer.ts'
import { namePattern } from './name-pattern.ts'
import { roleAttribute, xlistAttribute } from './roles.ts'
import { formatStatus } from './status.ts'

/** RFC 9051 §6.3.9, RFC 5258; STATUS is RFC 5819, special use RFC 6154. */
export const list: Command<'authenticated', ListArgs> = {
  name: 'LIST',
  phase: 'authenticated',
  parse: parseListArgs,
  async run({ session, mail }, args) {
    await answerList(session, mail, args, attributesOf)
    return ok('LIST done')
  },
}

/** Old name of LIST with special use, for clients from before RFC 6154. INBOX is marked too. */
export const xlist: Command<'authenticated', ListArgs> = {
  name: 'XLIST',
  phase: 'authenticated',
  parse: parsePlainListArgs,
  async run({ session, mail }, args) {
    await answerList(
      session,
      mail,
      args,
      listed => {
        const special =
          listed.name === INBOX ? ['\\Inbox'] : listed.mailbox?.role ? [xlistAttribute(listed.mailbox.role)] : []
        return [...attributesWithoutUse(listed, args), ...special]
      },
      'XLIST',
    )
    return ok('XLIST done')
  },
}

/** RFC 3501 §6.3.9. Roles are shown, since Outlook reads them here. */
export const lsub: Command<'authenticated', ListArgs> = {
  name: 'LSUB',
  phase: 'authenticated',
  parse: parsePlainListArgs,
  async run({ session, mail }, args) {
    const wanted = namePattern(args.reference, args.patterns)
    const names = await listNames(mail)
    const subscribed = names.filter(listed => listed.subscribed)
    const matched = new Map<string, ListedName | null>()
    for (const listed of subscribed) {
      if (wanted(listed.name)) matched.set(listed.name, listed)
      // "%" shows a level above a subscribed name that is not subscribed itself, as \Noselect. RFC 3501 §6.3.9
      else
        for (const parent of parentsOf(listed.name))
          if (wanted(parent) && !matched.has(parent)) matched.set(parent, null)
    }
    const slice = new TimeSlice(8)
    for (const [name, listed] of matched) {
      const wait = session.drained() ?? slice.rest()
      if (wait) await wait
      const attributes = listed ? attributesOf(listed, args) : ['\\Noselect']
      session.write(`* LSUB (${attributes.join(' ')}) "/" ${mailboxName(name, session.utf8)}\r\n`)
    }
    return ok('LSUB done')
  },
}

async function answerList(
  session: Session,
  mail: Mail,
  args: ListArgs,
  attributes: (listed: ListedName, args: ListArgs) => readonly string[],
  word = 'LIST',
): Promise<void> {
  // An empty pattern asks for the delimiter. RFC 9051 §6.3.9
  if (!args.extended && args.patterns.length === 1 && args.patterns[0] === '') {
    session.write(`* ${word} (\\Noselect) "/" ""\r\n`)
    return
  }
  const wanted = namePattern(args.reference, args.patterns)
  const { select, returns } = args
  const known = await listNames(mail)
  const chosen = known.filter(listed => isSelected(listed, select))
  const chosenNames = new Set(chosen.map(listed => listed.name))
  const below = select.recursiveMatch ? levelsAbove(chosen) : none
  // A level is not shown for the sake of names that are shown themselves. RFC 5258 §3.5
  const needed = select.recursiveMatch ? levelsAbove(chosen.filter(listed => !wanted(listed.name))) : none
  const names = select.recursiveMatch ? withMissing(known, needed) : known
  const slice = new TimeSlice(8)
  for (const listed of names) {
    const wait = session.drained() ?? slice.rest()
    if (wait) await wait
    if (!wanted(listed.name)) continue
    const isChosen = chosenNames.has(listed.name)
    if (!isChosen && !needed.has(listed.name)) continue
    let line = `* ${word} (${attributes(listed, args).join(' ')}) "/" ${mailboxName(listed.name, session.utf8)}`
    if (below.has(listed.name)) line += ` ("CHILDINFO" ("${select.subscribed ? 'SUBSCRIBED' : 'SPECIAL-USE'}"))`
    session.write(`${line}\r\n`)
    if (returns.status && listed.mailbox && isChosen) {
      session.write(formatStatus(session, listed.mailbox, returns.status))
    }
  }
}

function isSelected(listed: ListedName, select: ListArgs['select']): boolean {
  if (select.subscribed && !listed.subscribed) return false
  if (select.specialUse && !listed.mailbox?.role) return false
  // Without options only what exists is shown, and levels that are missing above it.
  return select.subscribed || listed.mailbox !== null || listed.children
}

const none: ReadonlySet<string> = new Set()

/** The levels that exist only because a name below them is subscribed, among the others in order. */
function withMissing(names: readonly ListedName[], levels: ReadonlySet<string>): readonly ListedName[] {
  const known = new Set(names.map(listed => listed.name))
  const missing = [...levels].filter(name => !known.has(name))
  if (missing.length === 0) return names
  const added = missing.map(name => ({ name, mailbox: null, subscribed: false, children: false }))
  return [...names, ...added].sort(byName)
}

/** Names with one of these somewhere below. */
function levelsAbove(chosen: readonly ListedName[]): ReadonlySet<string> {
  const parents = new Set<string>()
  for (const { name } of chosen) for (const parent of parentsOf(name)) parents.add(parent)
  return parents
}

function attributesOf(listed: ListedName, args: ListArgs): readonly string[] {
  const attributes = attributesWithoutUse(listed, args)
  return listed.mailbox?.role ? [...attributes, roleAttribute(listed.mailbox.role)] : attributes
}

function attributesWithoutUse(listed: ListedName, { select, returns, extended }: ListArgs): readonly string[] {
  const attributes: string[] = []
  if (!listed.mailbox) attributes.push(extended ? '\\NonExistent' : '\\Noselect')
  if ((select.subscribed || returns.subscribed) && listed.subscribed) attributes.push('\\Subscribed')
  attributes.push(listed.children ? '\\HasChildren' : '\\HasNoChildren')
  return attributes
}

/** LIST of one mailbox, where children are not looked up; with the name it was asked for when that is another. RFC 9051 §6.3.9.7 */
export function listNormalised(session: Session, row: Pick<MailboxRow, 'name' | 'role'>, asked: string): string {
  const attribute = row.role ? roleAttribute(row.role) : ''
  const old = asked === row.name ? '' : ` ("OLDNAME" (${mailboxName(asked, session.utf8)}))`
  return `* LIST (${attribute}) "/" ${mailboxName(row.name, session.utf8)}${old}\r\n`
}
