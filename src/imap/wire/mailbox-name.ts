import { isAscii, type Octets } from '#base/bytes.ts'
import { Refusal } from '#base/errors.ts'
import { decodeUtf7 } from './utf7.ts'

/**
 * Mailbox names between wire and text.
 *
 *   decodeMailboxName(octets, utf8)   the name; @throws Refusal 'mailbox-name'
 *   decodePattern(octets, utf8)       a LIST pattern; what cannot be a name stays as it is and matches nothing
 *
 * `utf8`: IMAP4rev2 or UTF8=ACCEPT is enabled, `&` is a letter like others. Without it names are modified UTF-7, and UTF-8 sent raw is
 * understood too. INBOX is folded, also as the first level (`inbox/a`). A trailing '/' stays. Unicode is not normalised here.
 */
export function decodeMailboxName(octets: Octets, utf8: boolean): string {
  const name = decode(octets, utf8)
  if (name === null)
    throw new Refusal('mailbox-name', utf8 ? 'mailbox name is not UTF-8' : 'mailbox name is not modified UTF-7')
  return foldInbox(name)
}

export const decodePattern = (octets: Octets, utf8: boolean): string => foldInbox(decode(octets, utf8) ?? octets)

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function decode(octets: Octets, utf8: boolean): string | null {
  if (isAscii(octets)) return utf8 ? octets : decodeUtf7(octets)
  try {
    return strictUtf8.decode(Buffer.from(octets, 'latin1'))
  } catch {
    return null
  }
}

// RFC 9051 §5.1: INBOX in any case is one mailbox; a level below it must not make a second one.
const foldInbox = (name: string): string => (/^inbox(?:\/|$)/i.test(name) ? `INBOX${name.slice(5)}` : name)
