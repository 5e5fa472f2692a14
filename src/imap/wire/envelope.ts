import type { Octets } from '#base/bytes.ts'
import type { Address, Envelope } from '#mime/facts.ts'
import { nstring } from './writer.ts'

/**
 * ENVELOPE as it is sent. RFC 9051 §7.5.2
 *
 *   formatEnvelope(envelope)
 */
export function formatEnvelope(envelope: Envelope): Octets {
  const { date, subject, from, sender, replyTo, to, cc, bcc, inReplyTo, messageId } = envelope
  const lists = [from, sender, replyTo, to, cc, bcc].map(addresses).join(' ')
  return `(${nstring(date)} ${nstring(subject)} ${lists} ${nstring(inReplyTo)} ${nstring(messageId)})`
}

/** NIL, never (): a list has at least one address. */
const addresses = (list: readonly Address[]): Octets => (list.length === 0 ? 'NIL' : `(${list.map(address).join('')})`)

function address({ name, route, mailbox, host }: Address): Octets {
  // Without a mailbox it would end a group, which has no host.
  const shownHost = mailbox === null ? null : host
  return `(${nstring(name)} ${nstring(route)} ${nstring(mailbox)} ${nstring(shownHost)})`
}
