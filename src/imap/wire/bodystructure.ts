import type { Octets } from '#base/bytes.ts'
import type { Embedded, Leaf, Multipart, Param, Part } from '#mime/facts.ts'
import { formatEnvelope } from './envelope.ts'
import { nstring, string } from './writer.ts'

/**
 * The MIME tree as it is sent. RFC 9051 §7.5.2, grammar in §9
 *
 *   formatBodyStructure(part)   BODYSTRUCTURE: every extension field is there
 *   formatBody(part)            BODY: none is
 *
 * Whatever the facts say, the answer is of the grammar: types that promise more than the facts know are shown as plain octets.
 */
export const formatBodyStructure = (part: Part): Octets => formatPart(part, true)
export const formatBody = (part: Part): Octets => formatPart(part, false)

function formatPart(part: Part, extended: boolean): Octets {
  switch (part.kind) {
    case 'multipart':
      return formatMultipart(part, extended)
    case 'message':
      return formatMessage(part, extended)
    case 'leaf':
      return formatLeaf(part, extended)
  }
}

/** A multipart has at least one part; clients fail on one that has none. This one has nothing in it. RFC 9051 §9 body-type-mpart */
const emptyText = (extended: boolean): Octets =>
  `("TEXT" "PLAIN" ("CHARSET" "us-ascii") NIL NIL "7BIT" 0 0${extended ? ' NIL NIL NIL NIL' : ''})`

function formatMultipart(part: Multipart, extended: boolean): Octets {
  const children = part.parts.map(child => formatPart(child, extended)).join('') || emptyText(extended)
  return `(${children} ${string(part.subtype)}${extended ? ` ${params(part.params)}${placement(part)}` : ''})`
}

function formatMessage(part: Embedded, extended: boolean): Octets {
  const subtype = /^global$/i.test(part.subtype) ? 'GLOBAL' : 'RFC822'
  const inner = `${formatEnvelope(part.envelope)} ${formatPart(part.message, extended)} ${count(part.lines)}`
  return `("MESSAGE" "${subtype}" ${fields(part)} ${inner}${extended ? singleExtension(part) : ''})`
}

function formatLeaf(part: Leaf, extended: boolean): Octets {
  const isText = /^text$/i.test(part.type)
  const lines = isText ? ` ${count(part.lines)}` : ''
  return `(${mediaType(part)} ${fields(part)}${lines}${extended ? singleExtension(part) : ''})`
}

/** Readers expect parts behind MULTIPART and an envelope behind MESSAGE/RFC822; a leaf has neither. */
function mediaType({ type, subtype }: Leaf): Octets {
  const promisesMore = /^multipart$/i.test(type) || (/^message$/i.test(type) && /^(?:rfc822|global)$/i.test(subtype))
  return promisesMore ? '"APPLICATION" "OCTET-STREAM"' : `${string(type)} ${string(subtype)}`
}

/** body-fields */
function fields(part: Leaf | Embedded): Octets {
  const octets = count(part.body[1] - part.body[0])
  return `${params(part.params)} ${nstring(part.id)} ${nstring(part.description)} ${string(part.encoding)} ${octets}`
}

const singleExtension = (part: Leaf | Embedded): Octets => ` ${nstring(part.md5)}${placement(part)}`

/** Disposition, language and location, which all parts have. */
function placement({ disposition, language, location }: Part): Octets {
  const shown = disposition === null ? 'NIL' : `(${string(disposition.type)} ${params(disposition.params)})`
  const languages = language.length === 0 ? 'NIL' : `(${language.map(string).join(' ')})`
  return ` ${shown} ${languages} ${nstring(location)}`
}

const params = (list: readonly Param[]): Octets =>
  list.length === 0 ? 'NIL' : `(${list.map(([name, value]) => `${string(name)} ${string(value)}`).join(' ')})`

const count = (n: number): string => `${Math.max(0, n)}`
