import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** How fast the index was filled the last time that there was enough to measure by: for people, in a file that may be lost. */

const ratePath = (root: string): string => join(root, 'search.rate')
/** Less says nothing. */
const MEASURED_OCTETS = 1024 * 1024

export function noteRate(root: string, octets: number, ms: number): void {
  if (octets < MEASURED_OCTETS || ms <= 0) return
  writeFileSync(`${ratePath(root)}.draft`, String(Math.round((octets * 1000) / ms)), { mode: 0o600 })
  renameSync(`${ratePath(root)}.draft`, ratePath(root))
}

export function lastRate(root: string): number | null {
  try {
    const rate = Number(readFileSync(ratePath(root), 'latin1'))
    return Number.isFinite(rate) && rate > 0 ? rate : null
  } catch {
    return null
  }
}
