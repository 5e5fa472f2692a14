import type { Octets } from '#base/bytes.ts'
import { limits } from '#base/limits.ts'
import { readAddresses } from './addresses.ts'
import { lower } from './ascii.ts'
import { type Entity, EntityReader } from './entity.ts'
import type { Address, Envelope } from './facts.ts'
import { fields } from './header.ts'

/** What one header says: of the message (ENVELOPE) and of its body. RFC 9051 §7.5.2 */
export type HeaderFacts = {
  readonly envelope: Envelope
  readonly entity: Entity
  /** Values of References; In-Reply-To is in the envelope. */
  readonly references: Octets | null
}

type AddressField = 'from' | 'sender' | 'reply-to' | 'to' | 'cc' | 'bcc'
type TextField = 'date' | 'subject' | 'in-reply-to' | 'message-id' | 'references'

/** The header of a message, at the top or embedded. */
export function readHeader(block: Octets): HeaderFacts {
  const lists: Partial<Record<AddressField, Address[]>> = {}
  const texts: Partial<Record<TextField, Octets>> = {}
  const entity = new EntityReader(false)

  for (const field of fields(block)) {
    const name = knownName(field.name)
    switch (name) {
      case 'from':
      case 'sender':
      case 'reply-to':
      case 'to':
      case 'cc':
      case 'bcc': {
        // A field that comes twice is read as one: nobody shall hide a sender or receiver behind the first.
        const list = lists[name]
        const room = limits.addressesPerField - (list?.length ?? 0)
        const more = room > 0 ? readAddresses(field.value, room) : []
        if (list === undefined) lists[name] = more
        else list.push(...more)
        break
      }
      case 'date':
      case 'subject':
      case 'in-reply-to':
      case 'message-id':
      case 'references':
        texts[name] ??= field.value
        break
      case '':
        break
      default:
        entity.take(name, field)
    }
  }

  const from = lists.from ?? []
  return {
    envelope: {
      date: texts.date ?? null,
      subject: texts.subject ?? null,
      from,
      sender: lists.sender?.length ? lists.sender : from,
      replyTo: lists['reply-to']?.length ? lists['reply-to'] : from,
      to: lists.to ?? [],
      cc: lists.cc ?? [],
      bcc: lists.bcc ?? [],
      inReplyTo: texts['in-reply-to'] ?? null,
      messageId: texts['message-id'] ?? null,
    },
    entity: entity.entity,
    references: texts.references ?? null,
  }
}

/** The header of a part inside a multipart: only Content-* fields mean something. RFC 2046 §5.1 */
export function readPartHeader(block: Octets, inDigest: boolean): Entity {
  const entity = new EntityReader(inDigest)
  for (const field of fields(block)) {
    const name = lower(field.name)
    if (name.startsWith('content-')) entity.take(name, field)
  }
  return entity.entity
}

type KnownName = AddressField | TextField | `content-${string}` | ''
const SHORT_NAMES: ReadonlySet<string> = new Set<KnownName>([
  ...(['from', 'sender', 'reply-to', 'to', 'cc', 'bcc'] as const),
  ...(['date', 'subject', 'in-reply-to', 'message-id', 'references'] as const),
])

/** In lower case; '' for names that nobody asks for, which are most of a header. */
function knownName(name: Octets): KnownName {
  if (name.length < 2 || name.length > 40) return ''
  const first = name.charCodeAt(0) | 32
  // b c d f i m r s t
  if (first < 98 || first > 116 || !FIRST[first - 98]) return ''
  const low = lower(name)
  return SHORT_NAMES.has(low) || low.startsWith('content-') ? (low as KnownName) : ''
}

const FIRST = Array.from({ length: 19 }, (_, i) => 'bcdfimrst'.includes(String.fromCharCode(98 + i)))
