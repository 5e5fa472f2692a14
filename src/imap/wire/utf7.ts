import type { Octets } from '#base/bytes.ts'

/**
 * Modified UTF-7 of mailbox names. RFC 3501 §5.1.3
 *
 *   encodeUtf7(name)      Unicode to octets; total
 *   decodeUtf7(octets)    octets to Unicode; null when it is not modified UTF-7 (8-bit, open or odd shifts, printable ASCII in base64)
 */

const PLAIN = /^[\x20-\x25\x27-\x7e]*$/

export function encodeUtf7(name: string): Octets {
  if (PLAIN.test(name)) return name
  return name.replace(/&|[^\x20-\x7e]+/g, run => {
    if (run === '&') return '&-'
    const utf16 = Buffer.from(run, 'utf16le').swap16()
    return `&${utf16.toString('base64').replaceAll('/', ',').replace(/=+$/, '')}-`
  })
}

// Whole characters only: 3 base64 digits for one UTF-16 unit, 6 for two, 8 for three.
const SHIFT = /^[A-Za-z0-9+,]+$/

export function decodeUtf7(octets: Octets): string | null {
  if (PLAIN.test(octets)) return octets
  let name = ''
  let at = 0
  while (at < octets.length) {
    const shift = octets.indexOf('&', at)
    const plain = octets.slice(at, shift < 0 ? octets.length : shift)
    if (!PLAIN.test(plain)) return null
    name += plain
    if (shift < 0) break
    const end = octets.indexOf('-', shift)
    if (end < 0) return null
    const decoded = end === shift + 1 ? '&' : decodeShift(octets.slice(shift + 1, end))
    if (decoded === null) return null
    name += decoded
    at = end + 1
  }
  return name.isWellFormed() ? name : null
}

function decodeShift(base64: Octets): string | null {
  if (!SHIFT.test(base64)) return null
  const bytes = Buffer.from(base64.replaceAll(',', '/'), 'base64')
  if (bytes.length === 0 || bytes.length % 2 !== 0) return null
  // What is written back must be what came: no spare digits, no bits set beyond the last character.
  if (bytes.toString('base64').replace(/=+$/, '') !== base64.replaceAll(',', '/')) return null
  const text = bytes.swap16().toString('utf16le')
  return /[\x20-\x7e]/.test(text) ? null : text
}
