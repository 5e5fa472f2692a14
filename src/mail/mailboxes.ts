import { Refusal } from '#base/errors.ts'
import type { MailboxRow, Role } from '#ports/metadata.ts'
import type { Mail } from './mail.ts'
import { DELIMITER, INBOX, isBelow, lookupName, newName, parentsOf } from './names.ts'
import { Pace } from './search-pace.ts'

/** @throws {Refusal} `mailbox-missing` */
export async function mailboxNamed(mail: Mail, name: string): Promise<MailboxRow> {
  const row = await mail.metadata.mailboxNamed(mail.account, lookupName(name))
  if (!row) throw new Refusal('mailbox-missing', 'No such mailbox')
  return row
}

/** Where something is to be put. @throws {Refusal} `target-missing`: the client may create it and try again. RFC 9051 §6.4.7 */
export async function targetNamed(mail: Mail, name: string): Promise<MailboxRow> {
  const row = await mail.metadata.mailboxNamed(mail.account, lookupName(name))
  if (!row) throw new Refusal('target-missing', 'No such mailbox; create it first')
  return row
}

/**
 * Creates a mailbox and those above it that are missing, as real mailboxes: intermediates that cannot be selected confuse clients
 * that keep mail in every folder they show. RFC 9051 §6.3.4
 */
export async function createMailbox(mail: Mail, asked: string, role: Role | null): Promise<MailboxRow> {
  const name = newName(asked)
  if (await mail.metadata.mailboxNamed(mail.account, name))
    throw new Refusal('mailbox-exists', 'There is such a mailbox already')
  const create: { name: string; role?: Role }[] = []
  for (const parent of parentsOf(name)) {
    if (!(await mail.metadata.mailboxNamed(mail.account, parent))) create.push({ name: parent })
  }
  const rows = await mail.metadata.createMailboxes(mail.account, [...create, role ? { name, role } : { name }])
  return rows[rows.length - 1]!
}

/** Deletes a mailbox; mailboxes below it stay. RFC 9051 §6.3.5 */
export async function deleteMailbox(mail: Mail, name: string): Promise<MailboxRow> {
  const row = await mailboxNamed(mail, name)
  if (row.name === INBOX) throw new Refusal('not-possible', 'INBOX cannot be deleted')
  await mail.metadata.deleteMailbox(mail.account, row.id)
  return row
}

/**
 * Renames a mailbox with everything below it; of INBOX, moves the messages and leaves it in place. A level that is missing above others
 * may be renamed too: LIST shows it. RFC 9051 §6.3.6
 */
export async function renameMailbox(
  mail: Mail,
  from: string,
  asked: string,
): Promise<Pick<MailboxRow, 'name' | 'role'>> {
  const all = await mail.metadata.mailboxes(mail.account)
  const old = trimDelimiter(lookupName(from))
  const source = all.find(row => row.name === old)
  if (!source && !all.some(row => isBelow(row.name, old))) throw new Refusal('mailbox-missing', 'No such mailbox')
  const name = newName(asked)
  if (all.some(row => row.name === name)) throw new Refusal('mailbox-exists', 'There is such a mailbox already')
  if (source?.name === INBOX) {
    const target = await createMailbox(mail, name, null)
    await mail.metadata.move(mail.account, source.id, [[1, 0xffff_ffff]], target.id)
    return target
  }
  if (isBelow(name, old)) throw new Refusal('not-possible', 'A mailbox cannot be moved below itself')
  const renames = all
    .filter(row => row.name === old || isBelow(row.name, old))
    .map(row => ({ id: row.id, name: newName(name + row.name.slice(old.length)) }))
  const names = new Set(all.map(row => row.name))
  const missing = parentsOf(name).filter(parent => !names.has(parent))
  await mail.metadata.renameMailboxes(mail.account, renames, missing)
  return { name, role: source?.role ?? null }
}

/** A name that LIST shows: a mailbox, or one that is missing above others, or one that is only subscribed. */
export type ListedName = {
  readonly name: string
  readonly mailbox: MailboxRow | null
  readonly subscribed: boolean
  readonly children: boolean
}

/** All names of the account, ascending with INBOX first. Missing levels above mailboxes are among them. */
export async function listNames(mail: Mail): Promise<readonly ListedName[]> {
  const [mailboxes, subscriptions] = await Promise.all([
    mail.metadata.mailboxes(mail.account),
    mail.metadata.subscriptions(mail.account),
  ])
  const pace = new Pace()
  const rows = new Map<string, MailboxRow | null>()
  const withChildren = new Set<string>()
  for (const row of mailboxes) {
    rows.set(row.name, row)
    for (const parent of parentsOf(row.name)) withChildren.add(parent)
    if (rows.size % STEP === 0) await pace.rest()
  }
  const subscribed = new Set(subscriptions)
  const known = rows.size
  for (const name of withChildren) if (!rows.has(name)) rows.set(name, null)
  for (const name of subscriptions) if (!rows.has(name)) rows.set(name, null)
  await pace.rest()
  const listed: ListedName[] = []
  for (const [name, mailbox] of rows) {
    listed.push({ name, mailbox, subscribed: subscribed.has(name), children: withChildren.has(name) })
    if (listed.length % STEP === 0) await pace.rest()
  }
  // Mailboxes come in order.
  return rows.size === known ? listed : listed.sort(byName)
}

/** Names between two looks at the clock. */
const STEP = 500

/** INBOX first, then ascending. */
export const byName = (a: ListedName, b: ListedName): number =>
  a.name === INBOX ? -1 : b.name === INBOX ? 1 : a.name < b.name ? -1 : 1

/** Subscribing needs no mailbox behind the name; unsubscribing what is not subscribed is no error. RFC 9051 §6.3.7 */
export async function setSubscribed(mail: Mail, name: string, subscribed: boolean): Promise<void> {
  await mail.metadata.setSubscribed(
    mail.account,
    [subscribed ? newName(name) : trimDelimiter(lookupName(name))],
    subscribed,
  )
}

const trimDelimiter = (name: string): string => (name.endsWith(DELIMITER) ? name.slice(0, -1) : name)
