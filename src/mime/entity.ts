import type { Octets } from '#base/bytes.ts'
import { lower, trim, upper } from './ascii.ts'
import type { Param } from './facts.ts'
import type { Field } from './header.ts'
import { param, readStructured } from './parameters.ts'

/** What the Content-* fields of one header say of its body. RFC 2045 §3, RFC 2183, RFC 3282, RFC 2557 §4.2 */
export type Entity = {
  type: Octets
  subtype: Octets
  params: readonly Param[]
  encoding: Octets
  id: Octets | null
  description: Octets | null
  md5: Octets | null
  disposition: { readonly type: Octets; readonly params: readonly Param[] } | null
  language: readonly Octets[]
  location: Octets | null
}

/** RFC 2045 §5.2 */
export const PLAIN_TEXT = { type: 'TEXT', subtype: 'PLAIN', params: [['CHARSET', 'US-ASCII']] } as const

/** The default inside a multipart/digest. RFC 2046 §5.1.5 */
const DIGEST_ITEM = { type: 'MESSAGE', subtype: 'RFC822', params: [] } as const

const TOKEN = /^[!#$%&'*+.^_`{|}~\w-]+$/

/** Gathers an entity from the fields of one header; of fields that come twice the first counts. */
export class EntityReader {
  readonly #seen = new Set<string>()
  readonly #entity: Entity

  constructor(inDigest: boolean) {
    this.#entity = {
      ...(inDigest ? DIGEST_ITEM : PLAIN_TEXT),
      encoding: '7BIT',
      id: null,
      description: null,
      md5: null,
      disposition: null,
      language: [],
      location: null,
    }
  }

  get entity(): Entity {
    return this.#entity
  }

  /** `name` is the field's name in lower case and begins with `content-`. */
  take(name: string, field: Field): void {
    if (this.#seen.has(name)) return
    this.#seen.add(name)
    const entity = this.#entity
    switch (name) {
      case 'content-type':
        this.#type(field.value)
        break
      case 'content-transfer-encoding':
        entity.encoding = upper(readStructured(field.value).value.split(/[ \t]/, 1)[0]!) || '7BIT'
        break
      case 'content-disposition': {
        const { value, params } = readStructured(field.value)
        if (TOKEN.test(value)) entity.disposition = { type: value, params }
        // A disposition of no known form still names its file; an unknown type is an attachment. RFC 2183 §2.8
        else if (params.length > 0) entity.disposition = { type: 'attachment', params }
        break
      }
      case 'content-id':
        entity.id = field.value || null
        break
      case 'content-description':
        entity.description = field.value || null
        break
      case 'content-md5':
        entity.md5 = field.value || null
        break
      case 'content-language':
        entity.language = field.value
          .split(',')
          .map(tag => trim(tag.replace(/\([^()]*\)/g, '')))
          .filter(tag => tag !== '')
        break
      case 'content-location':
        entity.location = field.value.replace(/[ \t]+/g, '') || null
    }
  }

  /** One that cannot be read is as if it were not there. RFC 2045 §5.2 */
  #type(text: Octets): void {
    const { value, params } = readStructured(text)
    const slash = value.indexOf('/')
    if (slash < 0) return
    const type = trim(value.slice(0, slash))
    // Some mail has more words or slashes than it should: `text/plain charset=us-ascii`.
    const subtype = trim(value.slice(slash + 1)).split(/[ \t/]/, 1)[0]!
    if (!TOKEN.test(type) || !TOKEN.test(subtype)) return
    this.#entity.type = upper(type)
    this.#entity.subtype = upper(subtype)
    this.#entity.params = params
  }
}

/** Encodings that leave the octets as they are, with the spellings real mail has. RFC 2045 §6.2 */
export const isIdentity = (encoding: Octets): boolean => /^(?:7-?BITS?|8-?BITS?|BINARY|NONE|PLAIN|)$/.test(encoding)

export const isMultipart = (entity: Entity): boolean => entity.type === 'MULTIPART'

/** RFC 2046 §5.2.1, RFC 6532 §3.7 */
export const isMessage = (entity: Entity): boolean =>
  entity.type === 'MESSAGE' && (entity.subtype === 'RFC822' || entity.subtype === 'GLOBAL')

/** The octets of the boundary; null when there is none that could be looked for. RFC 2046 §5.1.1 */
export function boundaryOf(entity: Entity): Octets | null {
  const boundary = param(entity.params, 'boundary')
  // Trailing space is not part of it, since transport may have put it there.
  const trimmed = boundary?.replace(/[ \t]{1,100}$/, '') ?? ''
  return trimmed === '' || trimmed.length > MAX_BOUNDARY ? null : trimmed
}

/** RFC 2046 §5.1.1 allows 70; software has been seen to exceed it. */
export const MAX_BOUNDARY = 512

export const isAttachment = (entity: Pick<Entity, 'disposition'>): boolean =>
  entity.disposition !== null && lower(entity.disposition.type) === 'attachment'
