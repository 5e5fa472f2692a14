import { Refusal } from '#base/errors.ts'
import { limits } from '#base/limits.ts'

/** Mailbox names: UTF-8 in NFC, levels joined by '/', confined by construction. RFC 9051 §5.1, RFC 5198 §2 */

export const DELIMITER = '/'
export const INBOX = 'INBOX'

/** C0, DEL, C1, line and paragraph separators. RFC 9051 §5.1, RFC 9755 §3 */
const forbidden = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/

/** INBOX in any case is one name, also as the first level. RFC 9051 §5.1 */
export function foldInbox(name: string): string {
  if (name.length < 5 || name.slice(0, 5).toUpperCase() !== INBOX) return name
  return name.length === 5 || name[5] === DELIMITER ? INBOX + name.slice(5) : name
}

/** The form in which a name is looked up. Never refuses: a name that cannot exist is simply not found. */
export const lookupName = (name: string): string => foldInbox(name.normalize('NFC'))

/**
 * The form in which a name is created. A trailing delimiter (the client means to create names below) is dropped.
 * @throws {Refusal} `mailbox-name` saying what is wrong with it
 */
export function newName(name: string): string {
  const refuse = (why: string): never => {
    throw new Refusal('mailbox-name', why)
  }
  const plain = foldInbox((name.endsWith(DELIMITER) ? name.slice(0, -1) : name).normalize('NFC'))
  if (plain === '') refuse('A mailbox needs a name')
  if (forbidden.test(plain)) refuse('Mailbox names hold no control characters')
  if (/[\ud800-\udfff]/u.test(plain)) refuse('That is not valid UTF-8')
  if (Buffer.byteLength(plain) > limits.mailboxNameOctets)
    refuse(`Mailbox names have at most ${limits.mailboxNameOctets} octets`)
  const levels = plain.split(DELIMITER)
  if (levels.length > limits.mailboxDepth) refuse(`Mailbox names have at most ${limits.mailboxDepth} levels`)
  for (const level of levels) {
    if (level === '') refuse('A level of the name is empty')
    if (level === '.' || level === '..') refuse(`"${level}" is not a name`)
    if (/[%*]/.test(level)) refuse('Wildcards are not allowed in names')
  }
  if (plain.startsWith('#')) refuse('Names that begin with # are namespaces')
  return plain
}

/** 'a/b/c' → ['a', 'a/b'] */
export function parentsOf(name: string): readonly string[] {
  const parents: string[] = []
  for (let at = name.indexOf(DELIMITER); at > 0; at = name.indexOf(DELIMITER, at + 1)) parents.push(name.slice(0, at))
  return parents
}

export const isBelow = (name: string, parent: string): boolean => name.startsWith(parent + DELIMITER)
