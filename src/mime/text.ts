import { asBuffer, octetsOf } from '#base/bytes.ts'
import { limits } from '#base/limits.ts'
import { charsetDecoder } from './charsets.ts'
import type { Embedded, Leaf, Part } from './facts.ts'
import { fields } from './header.ts'
import { HtmlText } from './html.ts'
import { param } from './parameters.ts'
import { transferDecoder } from './transfer.ts'
import { decodeHeader, decodeParam } from './words.ts'

/** Reads octets [start, end) of the message as stored. */
export type Read = (start: number, end: number) => Uint8Array | Promise<Uint8Array>

/** Octets of a body that are decoded at a time; also what bounds the memory and the time between two awaits. */
const STEP = 64 * 1024

/** Stands between texts that do not follow each other, so that nothing is found across them. */
const BREAK = '\0'

/**
 * The text of a message as a person would search it, in pieces that follow each other: with `header`, what SEARCH TEXT looks at, else what
 * SEARCH BODY does. Text parts decoded, HTML by its text, embedded messages with their headers, of other parts their names. RFC 9051 §6.4.4
 */
export async function* searchText(root: Part, read: Read, header: boolean): AsyncGenerator<string, void, undefined> {
  const hint = hintOf(root)
  if (header) yield* headerText(root, read)
  // A list, since handing pieces up through a generator for each level of a deep tree would cost at every level.
  for (const { part, hint: own } of singleParts(root, hint)) {
    const names = namesOf(part, own)
    if (names !== '') yield names
    if (part.kind === 'message') yield* headerText(part.message, read)
    else if (part.type === 'TEXT') yield* leafText(part, read)
  }
}

/** All parts that are no multiparts, in order, those of embedded messages after the message. `hint` is as `decodeHeader` wants it. */
function singleParts(root: Part, hint: string): { readonly part: Leaf | Embedded; readonly hint: string }[] {
  const found: { part: Leaf | Embedded; hint: string }[] = []
  const visit = (part: Part, own: string): void => {
    if (part.kind === 'multipart') for (const child of part.parts) visit(child, own)
    else {
      found.push({ part, hint: own })
      if (part.kind === 'message') visit(part.message, hintOf(part.message))
    }
  }
  visit(root, hint)
  return found
}

/** Field names and decoded values of a message's header, a line each. */
export async function* headerText(root: Part, read: Read): AsyncGenerator<string, void, undefined> {
  const hint = hintOf(root)
  const [start, end] = root.header
  const block = await read(start, Math.min(end, start + limits.mimeHeaderOctets))
  let text = BREAK
  for (const field of fields(octetsOf(block))) {
    text += `${decodeHeader(field.name, hint)}: ${decodeHeader(field.value, hint)}${BREAK}`
    if (text.length < STEP) continue
    yield text
    text = ''
  }
  yield text
}

/** Under what names a part is shown: its file name and description. */
function namesOf(part: Leaf | Embedded, hint: string): string {
  const names = [
    part.disposition === null ? null : decodeParam(part.disposition.params, 'filename'),
    decodeParam(part.params, 'name'),
    part.description === null ? null : decodeHeader(part.description, hint),
  ]
  return names.map(name => (name ? BREAK + name : '')).join('')
}

async function* leafText(part: Leaf, read: Read): AsyncGenerator<string, void, undefined> {
  // What cannot be decoded can still be searched as it is.
  const transfer = transferDecoder(part.encoding)
  const charset = charsetDecoder(param(part.params, 'charset') ?? '')
  const html = part.subtype === 'HTML' || part.subtype === 'XHTML' ? new HtmlText() : null
  const [start, end] = part.body
  yield BREAK
  for (let at = start; at < end; at += STEP) {
    const raw = asBuffer(await read(at, Math.min(end, at + STEP)))
    const decoded = charset.write(transfer === null ? raw : transfer.write(raw))
    const text = html === null ? decoded : html.write(decoded)
    if (text !== '') yield text
  }
  const rest = charset.write(transfer?.end() ?? new Uint8Array(0)) + charset.end()
  yield html === null ? rest : html.write(rest) + html.end()
}

/** The charset that unencoded header text of this message may be in: that of its first text. */
function hintOf(root: Part): string {
  let part = root
  while (part.kind === 'multipart' && part.parts.length > 0) part = part.parts[0]!
  return param(part.params, 'charset') ?? ''
}
