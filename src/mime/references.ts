import type { Octets } from '#base/bytes.ts'
import { limits } from '#base/limits.ts'

/**
 * The Message-Ids in a header value, in order, each with its angle brackets and without quotes and folding, so that equal ids are
 * equal strings. RFC 5256 §3 REFERENCES: quoted and plain forms of an id are the same. What is not of the form <left@right> is passed over.
 */
export function messageIds(value: Octets): Octets[] {
  const ids: Octets[] = []
  for (const [, content] of value.matchAll(/<([^<>]+)>/g)) {
    const id = content!.replace(/[ \t]+/g, '')
    const at = id.lastIndexOf('@')
    if (at < 1 || at === id.length - 1) continue
    ids.push(`<${id.startsWith('"') ? unquote(id.slice(0, at)) : id.slice(0, at)}${id.slice(at)}>`)
  }
  return ids
}

const unquote = (local: Octets): Octets =>
  local.length > 1 && local.endsWith('"') ? local.slice(1, -1).replace(/\\(.)/g, '$1') : local

/**
 * The ancestors a message names: its References, or where there are none the first id of In-Reply-To. RFC 5256 §3 REFERENCES step 1
 * Of more than the limit, the eldest and the nearest are kept.
 */
export function ancestors(references: Octets | null, inReplyTo: Octets | null): Octets[] {
  const ids = references === null ? [] : messageIds(references)
  if (ids.length === 0) return inReplyTo === null ? [] : messageIds(inReplyTo).slice(0, 1)
  if (ids.length <= limits.references) return ids
  return [ids[0]!, ...ids.slice(ids.length - limits.references + 1)]
}
