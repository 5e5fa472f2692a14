import { bytesOf, isAscii, type Octets } from '#base/bytes.ts'
import { decodeCharset } from './charsets.ts'
import { readDate } from './dates.ts'
import type { Address, Envelope, SortFacts } from './facts.ts'
import { foldText } from './fold.ts'
import { baseSubject } from './subject.ts'
import { decodeHeader } from './words.ts'

/** What SORT and THREAD compare, decoded once. `hint` is the charset of the message's text. RFC 5256 §3, RFC 5957 §3 */
export function sortFacts(envelope: Envelope, hint: string): SortFacts {
  const sent = envelope.date === null ? null : readDate(envelope.date)
  const subject = decodeHeader(envelope.subject ?? '', hint)
  const { base, isReply } = baseSubject(subject)
  return {
    sentAt: sent?.at ?? null,
    sentZone: sent?.zone ?? 0,
    subject,
    baseSubject: foldText(base),
    isReply,
    from: mailboxOf(envelope.from[0]),
    to: mailboxOf(envelope.to[0]),
    cc: mailboxOf(envelope.cc[0]),
    displayFrom: displayOf(envelope.from[0], hint),
    displayTo: displayOf(envelope.to[0], hint),
  }
}

const decodeRaw = (octets: Octets): string => (isAscii(octets) ? octets : decodeCharset('', bytesOf(octets)))

const mailboxOf = (address: Address | undefined): string => decodeRaw(address?.mailbox ?? '')

/** RFC 5957 §3: the name, or else mailbox@host; for a group its name. */
function displayOf(address: Address | undefined, hint: string): string {
  if (address === undefined) return ''
  if (address.name !== null) return decodeHeader(address.name, hint)
  const mailbox = decodeRaw(address.mailbox ?? '')
  return address.host ? `${mailbox}@${decodeRaw(address.host)}` : decodeHeader(address.mailbox ?? '', hint)
}
