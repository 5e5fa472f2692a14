/**
 * App passwords: 120 random bits in letters that nobody misreads, `abcd-efgh-…` in six groups.
 *
 * They are hashed by one salted SHA-256: a slow hash only makes guessing dear, and 2^120 guesses are dear enough at any price each. Being
 * cheap, all of a user's can be tried at a login.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

const ALPHABET = 'abcdefghijkmnpqrstuvwxyz23456789'
const LETTERS = 24

export function makeAppPassword(): string {
  // 32 letters: five bits of each octet choose without bias.
  const letters = Array.from(randomBytes(LETTERS), octet => ALPHABET[octet & 31]!).join('')
  return letters.replace(/.{4}(?=.)/g, '$&-')
}

/** What a person may have typed, as letters alone; null when it cannot be one. */
export function readAppPassword(typed: string): string | null {
  if (typed.length > 2 * LETTERS) return null
  const letters = typed.replace(/[\s-]/g, '').toLowerCase()
  return /^[a-km-np-z2-9]{24}$/.test(letters) ? letters : null
}

export function hashAppPassword(letters: string): string {
  const salt = randomBytes(16)
  return `$sha256$${salt.toString('base64')}$${digest(salt, letters).toString('base64')}`
}

export function matchesAppPassword(letters: string, stored: string): boolean {
  const [, kind, salt = '', hash = ''] = stored.split('$')
  const wanted = Buffer.from(hash, 'base64')
  if (kind !== 'sha256' || wanted.length !== 32) return false
  return timingSafeEqual(digest(Buffer.from(salt, 'base64'), letters), wanted)
}

const digest = (salt: Uint8Array, letters: string): Buffer => createHash('sha256').update(salt).update(letters).digest()
