/** Ids for ever, of letters, digits, '-' and '_'; their first letter keeps the kinds apart. RFC 8474 §4 */
export const mailboxObjectId = (id: number): string => `M${id}`
export const emailObjectId = (id: number): string => `E${id}`
export const threadObjectId = (id: number): string => `T${id}`

/** The number in an id of the kind, or -1 for what is none of ours. */
export function numberIn(id: string, kind: 'M' | 'E' | 'T'): number {
  return new RegExp(`^${kind}[1-9][0-9]{0,15}$`).test(id) ? Number(id.slice(1)) : -1
}
