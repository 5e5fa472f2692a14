import type { Part, Range } from './facts.ts'

/** Finding parts and the octets of sections in a structure. RFC 9051 §6.4.5 */

/**
 * The part with these numbers, null when there is none. A message that is no multipart has the part 1, its body; numbers after that of a
 * MESSAGE/RFC822 are those of the message inside.
 */
export function partAt(root: Part, path: readonly number[]): Part | null {
  let part: Part | null = null
  for (const [depth, number] of path.entries()) {
    if (depth === 0) part = partOfMessage(root, number)
    else if (part?.kind === 'message') part = partOfMessage(part.message, number)
    else if (part?.kind === 'multipart') part = part.parts[number - 1] ?? null
    else return null
  }
  return part
}

function partOfMessage(root: Part, number: number): Part | null {
  if (root.kind === 'multipart') return root.parts[number - 1] ?? null
  return number === 1 ? root : null
}

/** What BODY[...] can ask for of a part or, with an empty path, of the message. */
export type SectionText = 'ALL' | 'HEADER' | 'TEXT' | 'MIME'

/**
 * Where the octets of a section are; null when there is no such part, or it has no such text: HEADER and TEXT belong to messages, at the
 * top or embedded, and MIME to parts.
 */
export function sectionRange(
  root: Part,
  header: Range,
  octets: number,
  path: readonly number[],
  text: SectionText,
): Range | null {
  if (path.length === 0) {
    if (text === 'ALL') return [0, octets]
    if (text === 'HEADER') return header
    return text === 'TEXT' ? [header[1], octets] : null
  }
  const part = partAt(root, path)
  if (part === null) return null
  if (text === 'ALL') return part.body
  if (text === 'MIME') return part.header
  if (part.kind !== 'message') return null
  const inner = part.message.header
  return text === 'HEADER' ? inner : [inner[1], part.body[1]]
}
