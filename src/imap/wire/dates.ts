import type { Octets } from '#base/bytes.ts'
import type { Day } from './syntax.ts'

/**
 * Dates between wire and numbers. RFC 9051 §9 date, date-time
 *
 *   parseDate('3-Feb-2025')                        Day, or null
 *   parseDateTime(' 3-Feb-2025 10:00:00 +0100')    { at, zone }, or null
 *   formatDateTime(at, zone)                       '03-Feb-2025 10:00:00 +0100', without quotes
 */

/** `at`: milliseconds since 1970 UTC; `zone`: minutes east of UTC. */
export type DateTime = { readonly at: number; readonly zone: number }

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const monthOf: ReadonlyMap<string, number> = new Map(MONTHS.map((name, i) => [name.toLowerCase(), i]))

const DAY_MS = 86_400_000

export function parseDate(text: Octets): Day | null {
  const found = /^(\d{1,2})-([A-Za-z]{3})-(\d{4})$/.exec(text)
  return found === null ? null : dayOf(found[1]!, found[2]!, found[3]!)
}

// iOS 18.3 sends a day of one digit without the space before it.
const DATE_TIME = /^ ?(\d{1,2})-([A-Za-z]{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)$/

export function parseDateTime(text: Octets): DateTime | null {
  const found = DATE_TIME.exec(text)
  if (found === null) return null
  const day = dayOf(found[1]!, found[2]!, found[3]!)
  const [hour, minute, second, zoneHour, zoneMinute] = [4, 5, 6, 8, 9].map(i => Number(found[i])) as Five
  // 60 is a leap second.
  if (day === null || hour > 23 || minute > 59 || second > 60 || zoneHour > 23 || zoneMinute > 59) return null
  const zone = (zoneHour * 60 + zoneMinute) * (found[7] === '-' ? -1 : 1)
  const local = day * DAY_MS + ((hour * 60 + minute) * 60 + Math.min(second, 59)) * 1000
  return { at: local - zone * 60_000, zone: zone === 0 ? 0 : zone }
}

type Five = [number, number, number, number, number]

function dayOf(day: string, monthName: string, year: string): Day | null {
  const month = monthOf.get(monthName.toLowerCase())
  if (month === undefined) return null
  const date = new Date(0)
  // setUTCFullYear, unlike Date.UTC, takes the years 0 to 99 as they are.
  date.setUTCFullYear(Number(year), month, Number(day))
  return date.getUTCDate() === Number(day) ? date.getTime() / DAY_MS : null
}

const EARLIEST = new Date(0).setUTCFullYear(0, 0, 2)
const LATEST = new Date(0).setUTCFullYear(9999, 11, 30)

/** Day always of two digits: iOS 18 rejects other forms. Times outside the years 0 to 9999 are shown as the nearest inside. */
export function formatDateTime(at: number, zone: number): string {
  const minutes = Math.abs(zone)
  const local = new Date(Math.min(LATEST, Math.max(EARLIEST, at || 0)) + zone * 60_000)
  const date = `${two(local.getUTCDate())}-${MONTHS[local.getUTCMonth()]}-${String(local.getUTCFullYear()).padStart(4, '0')}`
  const time = `${two(local.getUTCHours())}:${two(local.getUTCMinutes())}:${two(local.getUTCSeconds())}`
  return `${date} ${time} ${zone < 0 ? '-' : '+'}${two(Math.trunc(minutes / 60))}${two(minutes % 60)}`
}

const two = (n: number): string => (n < 10 ? `0${n}` : `${n}`)
