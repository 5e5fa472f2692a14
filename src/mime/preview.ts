import { isAscii } from '#base/bytes.ts'
import { limits } from '#base/limits.ts'
import { charsetDecoder } from './charsets.ts'
import { type Entity, isAttachment } from './entity.ts'
import type { Part } from './facts.ts'
import { HtmlText } from './html.ts'
import { OctetStore } from './octet-store.ts'
import { param } from './parameters.ts'
import { transferDecoder } from './transfer.ts'

/** Octets of a text that are looked at. Newsletters have tens of kilobytes of style before their first word. */
const SOURCE_OCTETS = { PLAIN: 8 * 1024, HTML: 96 * 1024 } as const
/** Decoded at a time, so that no more is decoded than is needed. */
const STEP = 1024

type Kind = keyof typeof SOURCE_OCTETS
type Source = { readonly entity: Entity; readonly start: number; readonly octets: OctetStore }

/** Keeps the beginning of a message's first texts while it streams in, and makes the preview of them. RFC 8970 §3 */
export class PreviewMaker {
  readonly #sources: Partial<Record<Kind, Source>> = {}
  #current: Source | null = null
  /** Octets of the message up to here have been taken. */
  #taken = 0

  /** A leaf's body begins. Attachments and embedded messages are not what the message says. */
  begin(entity: Entity, start: number, embedded: boolean): void {
    if (entity.type !== 'TEXT' || FOR_PROGRAMS.has(entity.subtype) || embedded || isAttachment(entity)) return
    const kind = entity.subtype === 'HTML' ? 'HTML' : 'PLAIN'
    if (this.#sources[kind] !== undefined) return
    this.#current = { entity, start, octets: new OctetStore(SOURCE_OCTETS[kind]) }
    this.#sources[kind] = this.#current
    this.#taken = start
  }

  /** The message goes on in this chunk up to `end`. */
  take(chunk: Buffer, chunkStart: number, end: number): void {
    if (this.#current === null || end <= this.#taken) return
    this.#current.octets.append(chunk, this.#taken - chunkStart, end - chunkStart)
    this.#taken = end
  }

  /** The leaf's body ended at `end`, which may lie before the chunk. */
  end(chunk: Buffer, chunkStart: number, end: number): void {
    if (this.#current === null) return
    this.take(chunk, chunkStart, end)
    this.#current.octets.truncate(end - this.#current.start)
    this.#current = null
  }

  make(root: Part): string {
    const { PLAIN: plain, HTML: html } = this.#sources
    if (plain === undefined || html === undefined) return previewOf(plain ?? html)
    // A plain text after HTML is only what HTML says when both are alternatives.
    if (plain.start < html.start || haveAlternative(root, plain.start, html.start))
      return previewOf(plain) || previewOf(html)
    return previewOf(html) || previewOf(plain)
  }
}

/** Kinds of text that are written for programs. */
const FOR_PROGRAMS: ReadonlySet<string> = new Set(
  'CALENDAR CSV CSS DIRECTORY JAVASCRIPT RFC822-HEADERS VCARD X-AMP-HTML X-VCARD X-VCALENDAR XML'.split(' '),
)

function haveAlternative(part: Part, first: number, second: number): boolean {
  if (part.kind !== 'multipart') return false
  const covers = (at: number) => at >= part.body[0] && at <= part.body[1]
  if (!covers(first) || !covers(second)) return false
  if (part.subtype === 'ALTERNATIVE') return true
  return part.parts.some(child => haveAlternative(child, first, second))
}

function previewOf(source: Source | undefined): string {
  if (source === undefined) return ''
  const { entity } = source
  const transfer = transferDecoder(entity.encoding)
  if (transfer === null) return ''
  const charset = charsetDecoder(param(entity.params, 'charset') ?? '')
  const html = entity.subtype === 'HTML' ? new HtmlText() : null
  const bytes = source.octets.bytes()
  let text = ''
  let preview = ''
  for (let at = 0; at < bytes.length; at += STEP) {
    const last = at + STEP >= bytes.length
    let decoded = charset.write(transfer.write(bytes.subarray(at, at + STEP)))
    if (last) decoded += charset.write(transfer.end()) + charset.end()
    const more = html === null ? decoded : html.write(decoded) + (last ? html.end() : '')
    if (more === '') continue
    text += more
    preview = condense(html === null ? withoutQuotes(text) : text)
    if (preview.length > limits.previewCharacters * 2) break
    // Blank filler is not looked at again and again.
    if (text.length > 8 * STEP) text = preview
  }
  return cut(preview, limits.previewCharacters)
}

/** Leaves out what the writer only quotes: lines that begin with '>', and the line that introduces them. */
function withoutQuotes(text: string): string {
  if (!/^>/m.test(text)) return text
  const own = text.replace(/^[^\n]{0,200}:[ \t]*\r?\n\s{0,8}(?=>)/gm, '').replace(/^>.*(?:\r?\n|$)/gm, '')
  return own.trim() === '' ? text.replace(/^[> ]+/gm, '') : own
}

/** Links, lines drawn with characters, invisible filler and white space say little in so little room. */
function condense(text: string): string {
  const visible = (isAscii(text) ? text : text.replace(INVISIBLE, '')).replace(/([-=_*~#+.])\1{3,}/g, ' ')
  const words = visible.includes('://') ? fold(visible.replace(/<?\bhttps?:\/\/[^\s<>]+>?/gi, ' ')) : fold(visible)
  return words === '' ? fold(visible) : words
}

const INVISIBLE =
  /(?:\u034f|[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2800\ufeff\ufffc\x7f-\x9f])+/g

const fold = (text: string): string => text.replace(/[\s\0-\x1f]+/g, ' ').trim()

const signs = new Intl.Segmenter()

/** At most so many code points, and no sign without the marks that belong to it. */
function cut(text: string, most: number): string {
  if (text.length <= most) return text
  if (isAscii(text)) return text.slice(0, most).trim()
  let end = 0
  for (let count = 0; count < most && end < text.length; count++) end += text.codePointAt(end)! > 0xffff ? 2 : 1
  if (end === text.length) return text
  const around = text.slice(0, end + 32)
  return text.slice(0, signs.segment(around).containing(end)?.index ?? end).trim()
}
