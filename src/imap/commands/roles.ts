import type { Role } from '#ports/metadata.ts'

/** Special uses as LIST shows them. RFC 6154 §2, RFC 8457 §3; for XLIST as its clients know them. */
const attributes: Readonly<Record<Role, { readonly list: string; readonly xlist: string }>> = {
  all: { list: '\\All', xlist: '\\AllMail' },
  archive: { list: '\\Archive', xlist: '\\Archive' },
  drafts: { list: '\\Drafts', xlist: '\\Drafts' },
  flagged: { list: '\\Flagged', xlist: '\\Starred' },
  junk: { list: '\\Junk', xlist: '\\Spam' },
  sent: { list: '\\Sent', xlist: '\\Sent' },
  trash: { list: '\\Trash', xlist: '\\Trash' },
  important: { list: '\\Important', xlist: '\\Important' },
}

export const roleAttribute = (role: Role): string => attributes[role].list
export const xlistAttribute = (role: Role): string => attributes[role].xlist

/** '\Sent' in any case → 'sent'; null for uses that are not known. */
export function roleOf(attribute: string): Role | null {
  const wanted = attribute.toLowerCase()
  for (const [role, { list }] of Object.entries(attributes)) if (list.toLowerCase() === wanted) return role as Role
  return null
}
