import { createHash } from 'node:crypto'
import { decodeUtf7, encodeUtf7 } from '#imap/wire/utf7.ts'
import { DELIMITER, INBOX } from '#mail/names.ts'

/**
 * Mailbox names as paths and back. Levels are folders; what a file name cannot have is written so that it can be read back. A level that
 * would be too long for a file system becomes a digest: then only the list beside an export knows the name.
 */

/** Octets of a file name, which has at most 255 everywhere, with room for an ending. */
const NAME_OCTETS = 200

/** `&` begins modified UTF-7, which Dovecot has in names of files. Windows has the most that cannot be. A dot in front hides files; the endings are those of files beside the folders. */
const UNSAFE = /[\u0000-\u001f\u007f%&/\\:*?"<>|]|^\.|\.(?=(?:mbox|sbd|msf|eml|jsonl|part)$)|[. ]$/gi

export function levelToFile(level: string): string {
  const safe = level.replace(UNSAFE, each => `%${each.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`)
  return fitted(safe, level)
}

export const fileToLevel = (file: string): string =>
  (decodeUtf7(file) ?? file)
    .normalize('NFC')
    .replace(/%([0-7][0-9A-F])/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))

/** `.Sent.2026`; INBOX is the Maildir itself: ''. A dot inside a level is `\2e`, as Dovecot's listescape has it. */
export function nameToMaildir(name: string): string {
  if (name === INBOX) return ''
  const levels = name
    .split(DELIMITER)
    .map(level => encodeUtf7(level.replace(/[.\\~]/g, each => `\\${each.charCodeAt(0).toString(16)}`)))
  return fitted(`.${levels.join('.')}`, name)
}

export function maildirToName(folder: string): string {
  if (folder === '') return INBOX
  return folder
    .split('.')
    .filter(level => level !== '')
    .map(level =>
      (decodeUtf7(level) ?? level).replace(/\\([0-7][0-9a-f])/g, (_, hex: string) =>
        String.fromCharCode(Number.parseInt(hex, 16)),
      ),
    )
    .join(DELIMITER)
}

function fitted(file: string, name: string): string {
  if (Buffer.byteLength(file) <= NAME_OCTETS) return file
  return `${file.startsWith('.') ? '.' : ''}=${createHash('sha256').update(name).digest('hex').slice(0, 40)}`
}

/** A name that the store takes, as near as can be: characters that cannot be are `_`, empty levels go. */
export function possibleName(name: string): string {
  const levels = name
    .split(DELIMITER)
    .map(level => level.toWellFormed().replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029%*]/g, '_'))
    .filter(level => level !== '')
    .map(level => (level === '.' || level === '..' ? '_' : level))
  return levels.join(DELIMITER).replace(/^#/, '_')
}
