import { type HeaderDate, readDate } from '#mime/dates.ts'

/** The line that begins a message of an mbox: "From ann@example.org Thu Jan  1 00:00:00 1970", with the variants in the wild. RFC 4155 */

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** asctime with seconds or without, a zone before or after the year; the sender may be missing or have spaces. */
const ASCTIME =
  /(?:^|[ \t])(?:Sun|Mon|Tue|Wed|Thu|Fri|Sat),? +(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) +(\d{1,2}) +(\d{1,2}:\d{2}(?::\d{2})?) +(?:([+-]\d{4}|[A-Za-z]{1,5})(?: +[A-Za-z]{1,5})? +)?(\d{4})(?: +([+-]\d{4}|[A-Z]{1,5}))?[ \t]*(?:remote from .*)?$/
/** The form of header fields, which some programs write. */
const MAIL_DATE =
  /(?:^|[ \t])(?:(?:Sun|Mon|Tue|Wed|Thu|Fri|Sat), +)?(\d{1,2} +(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) +\d{4} +\d{1,2}:\d{2}(?::\d{2})?(?: +(?:[+-]\d{4}|[A-Z]{1,5}))?)[ \t]*$/

/** Longer lines are no such lines: they would have to be looked through for every "From " of a text. */
const MAX_LENGTH = 512

/** The date in a line, without its line end; null when it is none that begins a message. Without a zone it is UTC. RFC 4155 App. A */
export function fromLineDate(line: string): HeaderDate | null {
  if (line.length > MAX_LENGTH || !line.startsWith('From ')) return null
  const rest = line.slice(5)
  const found = ASCTIME.exec(rest)
  if (found === null) {
    const other = MAIL_DATE.exec(rest)
    return other === null ? null : readDate(other[1]!)
  }
  const [, month, day, time, before, year, after] = found
  return readDate(`${day} ${month} ${year} ${time} ${after ?? before ?? '+0000'}`)
}

/** Lines without a date that begin a message all the same, behind an empty line: Thunderbird writes them. */
export const isBareFromLine = (line: string): boolean => /^From (?:-[ \t]*)?$/.test(line)

/** `sender` is in no format that could hold a space. The zone comes last, where those that know none do not look. */
export function fromLine(sender: string, at: number, zone: number): string {
  const local = new Date(at + zone * 60_000)
  const two = (value: number) => String(value).padStart(2, '0')
  const time = [local.getUTCHours(), local.getUTCMinutes(), local.getUTCSeconds()].map(two).join(':')
  const day = `${DAYS[local.getUTCDay()]} ${MONTHS[local.getUTCMonth()]} ${String(local.getUTCDate()).padStart(2, ' ')}`
  const east = Math.abs(zone)
  const offset = `${zone < 0 ? '-' : '+'}${two(Math.floor(east / 60))}${two(east % 60)}`
  return `From ${sender} ${day} ${time} ${String(local.getUTCFullYear()).padStart(4, '0')} ${offset}`
}
