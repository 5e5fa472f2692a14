import type { Octets } from '#base/bytes.ts'
import { SyntaxFault } from '#base/errors.ts'
import { Flag } from '#ports/metadata.ts'
import type { FlagList } from './syntax.ts'

/**
 * Flags by name.
 *
 *   flagListOf(names)              names as read -> bits and keywords; @throws SyntaxFault for unknown \names
 *   systemFlags(bits)              '\Seen \Deleted', '' for none
 */

const byName: Readonly<Record<string, number>> = {
  '\\SEEN': Flag.seen,
  '\\ANSWERED': Flag.answered,
  '\\FLAGGED': Flag.flagged,
  '\\DELETED': Flag.deleted,
  '\\DRAFT': Flag.draft,
  // Clients hand it back with flags they have read; it is not theirs to set. RFC 3501 §2.3.2
  '\\RECENT': 0,
}

/** Keywords keep the client's spelling; a second spelling of the same keyword is left out. */
export function flagListOf(names: readonly Octets[]): FlagList {
  let flags = 0
  const keywords = new Map<string, string>()
  for (const name of names) {
    if (name.charCodeAt(0) === 0x5c) {
      const bit = byName[name.toUpperCase()]
      if (bit === undefined) throw new SyntaxFault('unknown system flag')
      flags |= bit
    } else {
      const folded = name.toLowerCase()
      if (!keywords.has(folded)) keywords.set(folded, name)
    }
  }
  return { flags, keywords: [...keywords.values()] }
}

const names = ['\\Seen', '\\Answered', '\\Flagged', '\\Deleted', '\\Draft']

const combinations = Array.from({ length: 32 }, (_, bits) => names.filter((_, i) => (bits >> i) & 1).join(' '))

export const systemFlags = (bits: number): string => combinations[bits & 31]!
