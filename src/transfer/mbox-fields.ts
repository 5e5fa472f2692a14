import { Flag, type Flags } from '#ports/metadata.ts'

/**
 * What mbox programs write into the headers of messages: flags, keywords and UIDs.
 *
 *   Status: RO         R seen, O not new
 *   X-Status: AFTD     answered, flagged, draft, deleted
 *   X-Keywords: a b    keywords; X-Mozilla-Keys has them for Thunderbird
 *   X-UID: 7           and X-IMAPbase: UIDVALIDITY LAST-UID KEYWORDS in the first message; X-IMAP in one that is no mail but UW's notes
 *   X-Mozilla-Status: 0001
 *   Content-Length: 5  for programs that skip by it, and often wrong
 *
 * Fields of these names that a message itself has are not marks: an export puts `X-Kept-` before them, an import takes one away.
 */
const NAMES = 'status|x-status|x-keywords|x-uid|x-imapbase|x-imap|x-mozilla-status2?|x-mozilla-keys|content-length'
const FIELD = new RegExp(`^(${NAMES}):(.*)$`, 'is')
const KEPT = new RegExp(`^(?:x-kept-)+(?:${NAMES}):`, 'i')
const QUOTED = new RegExp(`^(?:x-kept-)*(?:${NAMES}):`, 'i')

export const KEPT_PREFIX = 'X-Kept-'

/** Cheap first look: s, x and c begin all these names. */
export const mayBeField = (octet: number): boolean => {
  const letter = octet | 0x20
  return letter === 0x73 || letter === 0x78 || letter === 0x63
}

export const needsPrefix = (line: string): boolean => QUOTED.test(line)
export const hasPrefix = (line: string): boolean => KEPT.test(line)

/** The marks of one message, gathered field by field. */
export class Marks {
  flags: Flags = 0
  uid: number | null = null
  keywords: string[] = []
  /** UW's notes, which other programs must not show. */
  internal = false

  #last = ''

  /** Reads a line; false when it is no mark. `'folds'`: lines that continue it are part of it. */
  take(line: string): boolean | 'folds' {
    const found = FIELD.exec(line)
    if (found === null) return false
    const name = found[1]!.toLowerCase()
    const value = found[2]!.trim()
    this.#last = name
    if (name === 'status') this.#letters(value, { R: Flag.seen })
    else if (name === 'x-status') {
      this.#letters(value, { A: Flag.answered, F: Flag.flagged, T: Flag.draft, D: Flag.deleted, R: Flag.seen })
    } else if (name === 'x-uid') this.uid = uidOf(value)
    else if (name === 'x-keywords' || name === 'x-mozilla-keys') this.#more(value)
    else if (name === 'x-mozilla-status') this.#mozilla(Number.parseInt(value, 16))
    else if (name === 'x-imap') this.internal = true
    return name === 'x-keywords' || name === 'x-mozilla-keys' || name.startsWith('x-imap') ? 'folds' : true
  }

  /** Reads a line that continues the last one. */
  fold(line: string): void {
    if (this.#last.endsWith('s')) this.#more(line)
  }

  #more(value: string): void {
    this.keywords.push(...value.split(/[ \t]+/).filter(each => each !== ''))
  }

  #letters(value: string, meaning: Readonly<Record<string, number>>): void {
    for (const letter of value) this.flags |= meaning[letter] ?? 0
  }

  #mozilla(bits: number): void {
    if (Number.isNaN(bits)) return
    if ((bits & 0x0001) !== 0) this.flags |= Flag.seen
    if ((bits & 0x0002) !== 0) this.flags |= Flag.answered
    if ((bits & 0x0004) !== 0) this.flags |= Flag.flagged
    if ((bits & 0x0008) !== 0) this.flags |= Flag.deleted
    if ((bits & 0x1000) !== 0) this.keywords.push('$Forwarded')
  }
}

export function uidOf(text: string): number | null {
  const uid = /^\d{1,10}$/.test(text) ? Number(text) : 0
  return uid >= 1 && uid <= 0xffff_ffff ? uid : null
}

/** The lines that say it, the last of them one that never folds: a message that begins with a blank must not continue it. */
export function markLines(flags: Flags, keywords: readonly string[], uid: number): string {
  const has = (bit: number, letter: string) => ((flags & bit) !== 0 ? letter : '')
  const status = `${has(Flag.seen, 'R')}O`
  const more = has(Flag.answered, 'A') + has(Flag.flagged, 'F') + has(Flag.draft, 'T') + has(Flag.deleted, 'D')
  return [
    ...(keywords.length > 0 ? [`X-Keywords: ${keywords.join(' ')}`] : []),
    `X-UID: ${uid}`,
    ...(more === '' ? [] : [`X-Status: ${more}`]),
    `Status: ${status}`,
    '',
  ].join('\n')
}
