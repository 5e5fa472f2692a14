import type { User, Users } from '#ports/users.ts'

export type RecipientSettings = {
  /** What parts the account from the folder: `ann+lists`; null when nothing does. */
  readonly recipientDelimiter: string | null
}

export type Recipient = {
  /** As the sender's side wrote it. */
  readonly address: string
  readonly user: User
  /** What followed the delimiter, if anything did. */
  readonly detail: string | null
}

/**
 * Whose mail it is: the login that is the whole address, or its local part; then the same without the detail behind the delimiter, so that
 * a login which holds the delimiter itself is found first. null when there is no such user.
 */
export async function findRecipient(
  users: Pick<Users, 'find'>,
  address: string,
  settings: RecipientSettings,
): Promise<Recipient | null> {
  const at = address.lastIndexOf('@')
  const local = unquoted(at < 0 ? address : address.slice(0, at))
  const domain = at < 0 ? '' : address.slice(at)
  for (const [name, detail] of readings(local, settings.recipientDelimiter)) {
    if (name === '') continue
    const user = (await users.find(name + domain)) ?? (domain === '' ? null : await users.find(name))
    if (user) return { address, user, detail }
  }
  return null
}

type Reading = readonly [name: string, detail: string | null]

function readings(local: string, delimiter: string | null): readonly Reading[] {
  const at = delimiter === null ? -1 : local.indexOf(delimiter)
  const whole: Reading = [local, null]
  return at < 0 ? [whole] : [whole, [local.slice(0, at), local.slice(at + 1) || null]]
}

/** RFC 5321 §4.1.2 Quoted-string */
const unquoted = (local: string): string =>
  /^".*"$/s.test(local) ? local.slice(1, -1).replace(/\\(.)/gs, '$1') : local
