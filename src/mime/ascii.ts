import type { Octets } from '#base/bytes.ts'

/**
 * Case and white space of ASCII alone. The built-in methods know Latin-1 too, and would change or cut octets that are half of a
 * UTF-8 character: U+00A0 counts as white space there, and U+00FF becomes U+0178 in upper case.
 */

const EIGHT_BIT = /[\x80-\xff]/

export const upper = (text: Octets): Octets =>
  EIGHT_BIT.test(text) ? text.replace(/[a-z]+/g, run => run.toUpperCase()) : text.toUpperCase()

export const lower = (text: Octets): Octets =>
  EIGHT_BIT.test(text) ? text.replace(/[A-Z]+/g, run => run.toLowerCase()) : text.toLowerCase()

/** Without control characters and spaces around it. */
export function trim(text: Octets): Octets {
  let end = text.length
  while (end > 0 && text.charCodeAt(end - 1) <= 32) end--
  let start = 0
  while (start < end && text.charCodeAt(start) <= 32) start++
  return text.slice(start, end)
}
