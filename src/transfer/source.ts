/** What readers of all formats give to the import. */
import { limits } from '#base/limits.ts'
import type { Flags, Role } from '#ports/metadata.ts'
import type { Format } from '#ports/transfer.ts'

/** What a source knows of a message beside its octets; null where it says nothing. */
export type Labels = {
  readonly uid: number | null
  readonly flags: Flags
  readonly keywords: readonly string[]
  readonly receivedAt: number | null
  readonly zone: number
}

/**
 * A message is `begin`, `data` as often as needed, `end`; labels come last, because in an mbox they are inside. Octets have CRLF line ends.
 * `drop` ends a message that is none of the user's mail; `broken` ends one that cannot be read further, or tells of what is no message.
 */
export type SourceEvent =
  | { readonly kind: 'begin'; readonly place: string }
  | { readonly kind: 'data'; readonly bytes: Uint8Array }
  | { readonly kind: 'end'; readonly labels: Labels }
  | { readonly kind: 'drop' }
  | { readonly kind: 'broken'; readonly place: string; readonly problem: string }

export type SourceMailbox = {
  /** Full name in the source; '' for what has no name, the folder or file itself. */
  readonly name: string
  readonly role: Role | null
  readonly subscribed: boolean
  /** Read once, in order. `read` is told what was read, in the unit of the source: messages or octets. */
  events(read: (count: number) => void): AsyncIterable<readonly SourceEvent[]>
}

export type Source = {
  readonly format: Format
  readonly unit: 'messages' | 'octets'
  readonly total: number
  readonly mailboxes: readonly SourceMailbox[]
}

/** Octets of a file that are read at a time. */
export const CHUNK_OCTETS = 256 * 1024

/** Names as the store takes them: what is no atom's character becomes `_`. */
export function atoms(keywords: readonly string[]): readonly string[] {
  const clean = keywords
    .filter(each => each !== '')
    .map(each => each.replace(/[^!#$&'+\-./0-9:;<=>?@A-Z^_`a-z|}~[,]/g, '_').slice(0, limits.keywordOctets))
  return clean.slice(0, limits.keywordsPerMessage)
}

export const problemOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  const code = 'code' in error ? error.code : undefined
  if (code === 'EACCES' || code === 'EPERM') return 'may not be read'
  if (code === 'ENOENT') return 'is gone'
  return `cannot be read: ${error.message}`
}
