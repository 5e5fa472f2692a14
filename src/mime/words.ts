import { bytesOf, isAscii, type Octets } from '#base/bytes.ts'
import { lower } from './ascii.ts'
import { decodeCharset } from './charsets.ts'
import type { Param } from './facts.ts'

/** Header octets to text: encoded words and encoded parameters. RFC 2047, RFC 2231 */

type Word = { readonly charset: string; readonly bytes: Buffer; readonly start: number; readonly end: number }

/**
 * The text of an unfolded header value. `hint` is the charset for octets beyond ASCII that are neither encoded nor UTF-8: mail that leaves
 * its header unencoded mostly writes it in the charset of its body.
 */
export function decodeHeader(value: Octets, hint = ''): string {
  if (!value.includes('=?')) return decodeRaw(value, hint)
  let out = ''
  let at = 0
  let run: Word[] = []
  for (const word of encodedWords(value)) {
    const between = value.slice(at, word.start)
    // White space between encoded words is not shown. RFC 2047 §6.2
    if (run.length === 0 || !/^[ \t\r\n]*$/.test(between)) {
      out += decodeRun(run) + decodeRaw(between, hint)
      run = []
    }
    run.push(word)
    at = word.end
  }
  return out + decodeRun(run) + decodeRaw(value.slice(at), hint)
}

/**
 * Words of one charset are put together first: some software cuts characters in two. Not where each word begins and ends in ASCII by
 * escape sequences, since two of these in a row are an error.
 */
function decodeRun(run: readonly Word[]): string {
  let out = ''
  for (let i = 0; i < run.length; ) {
    const { charset } = run[i]!
    const pieces: Buffer[] = []
    do pieces.push(run[i++]!.bytes)
    while (i < run.length && run[i]!.charset === charset && !charset.startsWith('iso-2022'))
    out += decodeCharset(charset, pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces))
  }
  return out
}

function decodeRaw(octets: Octets, hint: string): string {
  if (isAscii(octets)) return octets
  const bytes = bytesOf(octets)
  const text = decodeCharset('', bytes)
  // Valid UTF-8 is nothing else by chance.
  if (hint === '' || Buffer.byteLength(text) === bytes.length) return text
  return decodeCharset(hint, bytes)
}

/** `=?charset*language?B?text?=`. The text may hold the spaces and question marks that it should not. RFC 2047 §2 */
function* encodedWords(value: Octets): Generator<Word, void, undefined> {
  const head = /=\?([^?\s]{1,80})\?([bq])\?/giy
  let at = 0
  for (;;) {
    const start = value.indexOf('=?', at)
    if (start < 0) return
    head.lastIndex = start
    const match = head.exec(value)
    if (match === null) {
      at = start + 2
      continue
    }
    const textAt = start + match[0].length
    const textEnd = value.indexOf('?=', textAt)
    if (textEnd < 0) return
    const text = value.slice(textAt, textEnd)
    const bytes = match[2]!.toLowerCase() === 'b' ? Buffer.from(text, 'base64') : decodeQ(text)
    yield { charset: lower(match[1]!.split('*', 1)[0]!), bytes, start, end: textEnd + 2 }
    at = textEnd + 2
  }
}

/** RFC 2047 §4.2 */
function decodeQ(text: Octets): Buffer {
  const plain = text.includes('_') ? text.replaceAll('_', ' ') : text
  return bytesOf(
    plain.includes('=')
      ? plain.replace(/=([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
      : plain,
  )
}

/**
 * The text of a parameter: from `name*` (charset'language'percent-encoded) if it is there, else from `name`, where encoded words are
 * read too since most software puts file names so. RFC 2231 §4
 */
export function decodeParam(params: readonly Param[], name: string): string | null {
  let plain: Octets | null = null
  for (const [key, value] of params) {
    const known = lower(key)
    if (known === `${name}*`) return decodeExtended(value)
    if (known === name) plain ??= value
  }
  return plain === null ? null : decodeHeader(plain)
}

/** The text of `charset'language'percent-encoded`. RFC 2231 §4 */
export function decodeExtended(value: Octets): string {
  const match = /^([^']*)'[^']*'/.exec(value)
  const encoded = match === null ? value : value.slice(match[0].length)
  const octets = encoded.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return decodeCharset(match?.[1] ?? '', bytesOf(octets))
}
