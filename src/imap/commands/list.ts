import type { Mail } from '#mail/mail.ts'
import { type ListedName, listNames } from '#mail/mailboxes.ts'
import { INBOX, parentsOf } from '#mail/names.ts'
import type { MailboxRow } from '#ports/metadata.ts'
import { type Command, ok } from '../session/command.ts'
import type { Session } from '../session/session.ts'
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
        return [...attributesOf(listed, { ...args, returns: { ...args.returns, specialUse: false } }), ...special]
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
    for (const [name, listed] of matched) {
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
  const names = await listNames(mail)
  const { select, returns } = args
  const chosen = names.filter(listed => isSelected(listed, select))
  const chosenNames = new Set(chosen.map(listed => listed.name))
  const inside = select.recursiveMatch ? parentsOfChosen(chosen) : null
  let written = 0
  for (const listed of names) {
    if (!wanted(listed.name)) continue
    const isChosen = chosenNames.has(listed.name)
    const hasChosenBelow = inside?.has(listed.name) ?? false
    if (!isChosen && !hasChosenBelow) continue
    let line = `* ${word} (${attributes(listed, args).join(' ')}) "/" ${mailboxName(listed.name, session.utf8)}`
    if (hasChosenBelow) line += ' (CHILDINFO ("SUBSCRIBED"))'
    session.write(`${line}\r\n`)
    if (returns.status && listed.mailbox && isChosen) {
      session.write(formatStatus(session, listed.mailbox, returns.status))
    }
    if (++written % 200 === 0) await session.drained()
  }
}

function isSelected(listed: ListedName, select: ListArgs['select']): boolean {
  if (select.subscribed && !listed.subscribed) return false
  if (select.specialUse && !listed.mailbox?.role) return false
  // Without options only what exists is shown, and levels that are missing above it.
  return select.subscribed || listed.mailbox !== null || listed.children
}

/** Names with a chosen name somewhere below. RFC 5258 §3.5 */
function parentsOfChosen(chosen: readonly ListedName[]): ReadonlySet<string> {
  const parents = new Set<string>()
  for (const { name } of chosen) for (const parent of parentsOf(name)) parents.add(parent)
  return parents
}

function attributesOf(listed: ListedName, { select, returns, extended }: ListArgs): readonly string[] {
  const attributes: string[] = []
  if (!listed.mailbox) attributes.push(extended ? '\\NonExistent' : '\\Noselect')
  if ((select.subscribed || returns.subscribed) && listed.subscribed) attributes.push('\\Subscribed')
  attributes.push(listed.children ? '\\HasChildren' : '\\HasNoChildren')
  if (listed.mailbox?.role) attributes.push(roleAttribute(listed.mailbox.role))
  return attributes
}

/** Attributes of a mailbox in SELECT's LIST answer, where children are not looked up. */
export const listAttributes = (row: MailboxRow): string => (row.role ? roleAttribute(row.role) : '')
