/** Durations and sizes as people write them: a number, then a unit. Inside they are milliseconds and octets. */

type Unit = readonly [name: string, factor: number, ...others: string[]]

/** Ascending; the first spelling is the one we write. */
const durations: readonly Unit[] = [
  ['ms', 1],
  ['s', 1000, 'sec', 'second', 'seconds'],
  ['min', 60_000, 'm', 'minute', 'minutes'],
  ['h', 3_600_000, 'hour', 'hours'],
  ['d', 86_400_000, 'day', 'days'],
]

const sizes: readonly Unit[] = [
  ['B', 1],
  ['KiB', 1024, 'K'],
  ['MiB', 1024 ** 2, 'M'],
  ['GiB', 1024 ** 3, 'G'],
  ['TiB', 1024 ** 4, 'T'],
  ['KB', 1e3],
  ['MB', 1e6],
  ['GB', 1e9],
  ['TB', 1e12],
]

const wanted = /^\s*(\d{1,15}(?:\.\d{1,6})?)\s*([a-zA-Z]{1,8})\s*$/

function read(text: string, units: readonly Unit[]): number | null {
  const match = wanted.exec(text)
  if (match === null) return null
  const spelled = match[2]!.toLowerCase()
  const unit = units.find(([name, , ...others]) =>
    [name, ...others].some(each => String(each).toLowerCase() === spelled),
  )
  if (unit === undefined) return null
  const value = Number(match[1]) * unit[1]
  return Number.isSafeInteger(value) ? value : null
}

/** In the largest unit that needs no fraction. */
function write(value: number, units: readonly Unit[]): string {
  let best: Unit = units[0]!
  for (const unit of units) if (unit[1] >= best[1] && value % unit[1] === 0 && value >= unit[1]) best = unit
  return `${value / best[1]} ${best[0]}`
}

/** Milliseconds of `30 min`; null when it is not of that form or not a whole number of them. */
export const durationMs = (text: string): number | null => read(text, durations)
/** Octets of `64 MiB`; null when it is not of that form or not a whole number of them. */
export const sizeOctets = (text: string): number | null => read(text, sizes)

export const durationText = (ms: number): string => write(ms, durations)
/** Powers of 1024 only: `1.5 MB` comes back as `1500000 B`, which is exact. */
export const sizeText = (octets: number): string => write(octets, sizes.slice(0, 5))
