import { foldInbox } from '#mail/names.ts'

/**
 * LIST's patterns: '*' matches anything, '%' anything but the delimiter. The reference is put in front. RFC 9051 §6.3.9
 *
 * Matching takes time in the product of the lengths at most, never more, whatever wildcards are written.
 */
export function namePattern(reference: string, patterns: readonly string[]): (name: string) => boolean {
  const whole = patterns.map(pattern =>
    compiled(foldInbox((reference + pattern).normalize('NFC')).replace(/\*[*%]*|%+(\*)?/g, collapse)),
  )
  return name => whole.some(({ start, rest }) => name.startsWith(start) && matchesFrom(start.length, rest, name))
}

/** A run of wildcards is as wide as its widest. */
const collapse = (run: string): string => (run.includes('*') ? '*' : '%')

/** What a name must begin with, and the pattern from its first wildcard on. */
type Pattern = { readonly start: string; readonly rest: string }

function compiled(pattern: string): Pattern {
  const wildcard = pattern.search(/[*%]/)
  return wildcard < 0
    ? { start: pattern, rest: '' }
    : { start: pattern.slice(0, wildcard), rest: pattern.slice(wildcard) }
}

function matchesFrom(start: number, rest: string, name: string): boolean {
  // What clients send.
  if (rest === '*') return true
  if (rest === '') return name.length === start
  if (rest === '%') return name.indexOf('/', start) < 0
  return matches(rest, name.slice(start))
}

function matches(pattern: string, name: string): boolean {
  // reachable[j]: the pattern so far matches the first j characters of the name.
  let reachable = new Uint8Array(name.length + 1)
  reachable[0] = 1
  for (const character of pattern) {
    const next = new Uint8Array(name.length + 1)
    if (character === '*' || character === '%') {
      let open = 0
      for (let j = 0; j <= name.length; j++) {
        if (j > 0 && character === '%' && name[j - 1] === '/') open = 0
        open |= reachable[j]!
        next[j] = open
      }
    } else {
      for (let j = 0; j < name.length; j++)
        if (reachable[j] && name.startsWith(character, j)) next[j + character.length] = 1
    }
    reachable = next
  }
  return reachable[name.length] === 1
}
