import { Refusal } from '#base/errors.ts'

/**
 * Login names: `name` or `name@domain`, 1 to 255 octets, no control characters, no '/', no space at the ends, not '.' or '..': one never is a path or breaks a line.
 */
const LOGIN_OCTETS = 255

/** The form in which logins are compared: composed and without case. */
export const foldLogin = (login: string): string => login.normalize('NFC').toLowerCase().normalize('NFC')

/** The name as it is kept. @throws {Refusal} `mailbox-name` */
export function checkLogin(login: string): string {
  const name = login.normalize('NFC')
  const fault = faultOf(name)
  if (fault !== null) throw new Refusal('mailbox-name', `Not a login name: ${fault}`)
  return name
}

function faultOf(name: string): string | null {
  if (name === '') return 'it is empty'
  if (!name.isWellFormed()) return 'it is not Unicode text'
  if (Buffer.byteLength(name) > LOGIN_OCTETS || Buffer.byteLength(foldLogin(name)) > LOGIN_OCTETS)
    return `it is longer than ${LOGIN_OCTETS} octets`
  if (/[\p{Cc}\p{Cf}\u2028\u2029]/u.test(name)) return 'it has control characters'
  if (name.includes('/')) return "it has a '/'"
  if (name.trim() !== name) return 'it begins or ends with a space'
  if (name === '.' || name === '..') return 'it is a path'
  const parts = name.split('@')
  if (parts.length > 2 || parts.includes('')) return "'@' must stand once, between a name and a domain"
  return null
}
