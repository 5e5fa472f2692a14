import { Flag, type Flags } from '#ports/metadata.ts'

/** Names of messages in a Maildir: `1276528487.M364837.host,S=1355,W=1394:2,FSa`. Letters from `a` are keywords of `dovecot-keywords`. */

const letters: readonly (readonly [string, number])[] = [
  ['D', Flag.draft],
  ['F', Flag.flagged],
  ['R', Flag.answered],
  ['S', Flag.seen],
  ['T', Flag.deleted],
]
const FORWARDED = '$Forwarded'

export const KEYWORD_LETTERS = 26

export type MaildirName = {
  /** Without flags: stays the same when they change. */
  readonly base: string
  readonly flags: Flags
  readonly keywords: readonly string[]
  /** What the name says: octets with CRLF line ends, UID, zone of the date; null when it says nothing. */
  readonly wireOctets: number | null
  readonly uid: number | null
  readonly zone: number | null
}

export function readMaildirName(file: string, keywords: readonly string[]): MaildirName {
  const colon = file.search(/[:;!]2,/)
  const base = colon < 0 ? file : file.slice(0, colon)
  const info = colon < 0 ? '' : file.slice(colon + 3)
  let flags = 0
  const found: string[] = []
  for (const letter of info) {
    const bit = letters.find(([each]) => each === letter)?.[1]
    if (bit !== undefined) flags |= bit
    else if (letter === 'P') found.push(FORWARDED)
    else if (letter >= 'a' && letter <= 'z') {
      const keyword = keywords[letter.charCodeAt(0) - 97]
      if (keyword !== undefined) found.push(keyword)
    }
  }
  const number = (name: string) => {
    const text = new RegExp(`,${name}=(-?\\d{1,15})(?=,|$)`).exec(base)?.[1]
    return text === undefined ? null : Number(text)
  }
  return { base, flags, keywords: [...new Set(found)], wireOctets: number('W'), uid: number('U'), zone: number('Z') }
}

/** `:2,` and the letters in their order. `keywords`: those of the folder, of which only the first 26 have a letter. */
export function maildirInfo(flags: Flags, own: readonly string[], keywords: readonly string[]): string {
  const chosen = letters.filter(([, bit]) => (flags & bit) !== 0).map(([letter]) => letter)
  if (own.some(each => each.toLowerCase() === FORWARDED.toLowerCase())) chosen.push('P')
  for (const each of own) {
    const index = keywords.indexOf(each)
    if (index >= 0 && index < KEYWORD_LETTERS) chosen.push(String.fromCharCode(97 + index))
  }
  return `:2,${chosen.sort().join('')}`
}

/** The file `dovecot-keywords`: a number and a keyword a line. */
export function readKeywordFile(text: string): readonly string[] {
  const keywords: string[] = []
  for (const line of text.split('\n')) {
    const found = /^(\d{1,2}) (\S+)$/.exec(line)
    if (found !== null && Number(found[1]) < KEYWORD_LETTERS) keywords[Number(found[1])] = found[2]!
  }
  return keywords
}

/** The file `dovecot-uidlist`: after a heading line, `UID [fields] :NAME`, or `UID NAME` in old ones. By base. */
export function readUidList(text: string): ReadonlyMap<string, number> {
  const uids = new Map<string, number>()
  for (const line of text.split('\n').slice(1)) {
    const found = /^(\d{1,10}) (?:.*?:)?([^:]+)(?::2,.*)?$/.exec(line)
    const uid = Number(found?.[1] ?? 0)
    if (found !== null && uid >= 1 && uid <= 0xffff_ffff) uids.set(found[2]!.trim(), uid)
  }
  return uids
}
