import type { Octets } from '#base/bytes.ts'
import type { MailboxId } from '#base/ids.ts'
import { MAX_UID } from '#base/ids.ts'
import type { PartAddress } from '#mail/catenate.ts'
import { Args } from '../wire/reader.ts'
import { section } from '../wire/section.ts'
import type { Section } from '../wire/syntax.ts'

/**
 * IMAP URLs of messages and parts of the same account, as CATENATE takes them. Only relative ones are: an absolute URL, or one with
 * URLAUTH, would mean another server or user. RFC 4469 §3, RFC 5092 §11
 *
 *   /Drafts;UIDVALIDITY=385759045/;UID=20/;SECTION=1.2/;PARTIAL=0.1024
 *   ;UID=20                       in the selected mailbox
 */
const URL =
  /^(?:\/([^;?#]+?)(?:;UIDVALIDITY=(\d{1,10}))?\/)?;UID=(\d{1,10})(?:\/;SECTION=([^;?#]+?))?(?:\/;PARTIAL=(\d{1,15})(?:\.(\d{1,15}))?)?$/i

/** null when it is no such URL. */
export function parseMessageUrl(url: Octets, selected: MailboxId | null): PartAddress | null {
  // What is longer names nothing that exists; and the pattern need not be tried on it.
  if (url.length > 8192) return null
  const found = URL.exec(url)
  if (!found) return null
  const [, encodedName, validity, uidText, encodedSection, start, count] = found
  const mailbox = encodedName === undefined ? selected : decode(encodedName)
  const uid = Number(uidText)
  if (mailbox === null || mailbox === '' || mailbox?.toString().startsWith('/') || uid < 1 || uid > MAX_UID) return null
  const wanted = encodedSection === undefined ? whole : sectionOf(decode(encodedSection))
  if (!wanted) return null
  return {
    mailbox,
    uidValidity: validity === undefined ? null : Number(validity),
    uid,
    path: wanted.path,
    text: 'fields' in wanted ? 'HEADER' : wanted.text,
    fields: 'fields' in wanted ? { names: wanted.fields, negate: wanted.text === 'HEADER.FIELDS.NOT' } : null,
    partial:
      start === undefined
        ? null
        : { start: Number(start), count: count === undefined ? Number.MAX_SAFE_INTEGER : Number(count) },
  }
}

const whole: Section = { path: [], text: 'ALL' }

/** Percent escapes of UTF-8; null when they are not. */
function decode(encoded: Octets): string | null {
  try {
    return decodeURIComponent(encoded)
  } catch {
    return null
  }
}

function sectionOf(text: string | null): Section | null {
  if (text === null) return null
  try {
    const args = Args.of(`[${text}]`)
    const found = section(args)
    return args.atEnd() ? found : null
  } catch {
    return null
  }
}
