import { Refusal } from '#base/errors.ts'
import { limits } from '#base/limits.ts'

/** Keyword sets: an unordered set of atoms, without regard to case, whose canonical text is what the store keeps. RFC 9051 §2.3.2 */

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

export const splitKeywords = (canonical: string): readonly string[] => (canonical === '' ? [] : canonical.split(' '))

/** Sorted by lower case, duplicates dropped (the first spelling stays), joined by a space. */
export function canonicalKeywords(keywords: readonly string[]): string {
  if (keywords.length === 0) return ''
  const byLower = new Map<string, string>()
  for (const keyword of keywords) {
    const lower = keyword.toLowerCase()
    if (!byLower.has(lower)) byLower.set(lower, keyword)
  }
  return [...byLower]
    .sort(([a], [b]) => compare(a, b))
    .map(([, keyword]) => keyword)
    .join(' ')
}

/** @throws {Refusal} `limit` for a keyword that is too long to be kept */
export function requireShort(keywords: readonly string[]): void {
  if (keywords.some(keyword => keyword.length > limits.keywordOctets))
    throw new Refusal('limit', `Keywords have at most ${limits.keywordOctets} octets`)
}

export function hasKeyword(canonical: string, keyword: string): boolean {
  if (canonical === '') return false
  const wanted = keyword.toLowerCase()
  return splitKeywords(canonical).some(each => each.toLowerCase() === wanted)
}
