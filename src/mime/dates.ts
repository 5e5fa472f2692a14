import type { Octets } from '#base/bytes.ts'

/** Dates of header fields. RFC 5322 §3.3 and §4.3, and the other orders that old and careless software writes. */

export type HeaderDate = {
  /** Milliseconds since 1970 UTC. */
  readonly at: number
  /** Minutes east of UTC; 0 when not said. */
  readonly zone: number
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

/** Hours east of UTC. The one-letter zones mean nothing, since RFC 822 had their signs wrong. RFC 5322 §4.3 */
const ZONES: ReadonlyMap<string, number> = new Map(
  Object.entries({
    ...{ ut: 0, utc: 0, gmt: 0, z: 0, est: -5, edt: -4, cst: -6, cdt: -5, mst: -7, mdt: -6, pst: -8, pdt: -7 },
    ...{ wet: 0, west: 1, bst: 1, cet: 1, met: 1, cest: 2, mest: 2, mesz: 2, mez: 1, eet: 2, eest: 3, msk: 3, msd: 4 },
    ...{ jst: 9, kst: 9, hst: -10, akst: -9, akdt: -8, nzst: 12, nzdt: 13, aest: 10, aedt: 11 },
  }),
)

const WEEKDAY = /^[ \t]*(?:[a-z]{2,9}[.,]*[ \t,]+)?/i
const TIME = String.raw`(\d{1,2})[ \t]*[:.][ \t]*(\d{1,2})(?:[ \t]*[:.][ \t]*(\d{1,2})(?:[.,]\d+)?)?`
/** 24 Mar 2007 23:00:00 +0200 */
const DAY_FIRST = new RegExp(String.raw`^(\d{1,2})[ \t.-]+([a-z]{3,9})[ \t.,-]*(\d{2,6})(?:[ \t,]+${TIME})?`, 'i')
/** Mar 24 23:00:00 2007, and Mar 24, 2007 23:00:00 */
const MONTH_FIRST = new RegExp(String.raw`^([a-z]{3,9})[ \t.]+(\d{1,2})[ \t,]+(?:(\d{4})[ \t,]+)?${TIME}`, 'i')
/** 2007-03-24T23:00:00 */
const YEAR_FIRST = new RegExp(String.raw`^(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[ \tT]+${TIME})?`, 'i')

/** More than any date needs, comments included. */
const MAX_LENGTH = 512

/** Null when there is no date in it. Field values out of range (day 32, hour 25) make it unreadable; a leap second is the second before. */
export function readDate(text: Octets): HeaderDate | null {
  const plain = withoutComments(text.slice(0, MAX_LENGTH))
  const start = WEEKDAY.exec(plain)?.[0].length ?? 0
  return readAt(plain.slice(start)) ?? (start > 0 ? readAt(plain.replace(/^[ \t]+/, '')) : null)
}

function readAt(text: string): HeaderDate | null {
  let match = DAY_FIRST.exec(text)
  if (match !== null) {
    const month = MONTHS.indexOf(match[2]!.slice(0, 3).toLowerCase())
    return build(fullYear(match[3]!), month, match[1]!, match.slice(4, 7), text.slice(match[0].length))
  }
  match = MONTH_FIRST.exec(text)
  if (match !== null) {
    const month = MONTHS.indexOf(match[1]!.slice(0, 3).toLowerCase())
    let rest = text.slice(match[0].length)
    let year = match[3]
    let zone = ''
    if (year === undefined) {
      // The year stands last, a zone on either side of it.
      const tail = /^[ \t]*([a-z]{1,5}|[+-]\d{4})?[ \t]+(\d{4})\b/i.exec(rest)
      if (tail === null) return null
      zone = tail[1] ?? ''
      year = tail[2]!
      rest = rest.slice(tail[0].length)
    }
    return build(Number(year), month, match[2]!, match.slice(4, 7), zone || rest)
  }
  match = YEAR_FIRST.exec(text)
  if (match === null) return null
  return build(Number(match[1]), Number(match[2]) - 1, match[3]!, match.slice(4, 7), text.slice(match[0].length))
}

function build(
  year: number,
  month: number,
  dayText: string,
  time: readonly (string | undefined)[],
  rest: string,
): HeaderDate | null {
  const [hour, minute, second] = time.map(part => Number(part ?? 0)) as [number, number, number]
  const day = Number(dayText)
  if (month < 0 || month > 11 || year < 1900 || year > 9999) return null
  if (day < 1 || day > new Date(Date.UTC(year, month + 1, 0)).getUTCDate()) return null
  if (hour > 24 || minute > 59 || second > 60) return null
  const zone = readZone(rest)
  return { at: Date.UTC(year, month, day, hour, minute, Math.min(second, 59)) - zone * 60_000, zone }
}

/** RFC 5322 §4.3 */
function fullYear(digits: string): number {
  const year = Number(digits)
  if (digits.length === 2) return year < 50 ? year + 2000 : year + 1900
  return digits.length === 3 ? year + 1900 : year
}

function readZone(rest: string): number {
  const match = /^[ \t,]*(?:(?:utc|gmt)?[ \t]*([+-])(\d{2}):?(\d{2})(?!\d)|([a-z]{1,5})\b)/i.exec(rest)
  if (match === null) return 0
  if (match[4] !== undefined) return (ZONES.get(match[4].toLowerCase()) ?? 0) * 60
  const minutes = Number(match[2]) * 60 + Number(match[3])
  if (minutes > 24 * 60) return 0
  return match[1] === '-' && minutes > 0 ? -minutes : minutes
}

function withoutComments(text: string): string {
  if (!text.includes('(')) return text
  let out = ''
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    const character = text[i]!
    if (character === '\\' && depth > 0) i++
    else if (character === '(') depth++
    else if (character === ')' && depth > 0) {
      if (--depth === 0) out += ' '
    } else if (depth === 0) out += character
  }
  return out
}
