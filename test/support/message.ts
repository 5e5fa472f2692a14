/** Builds messages for tests, the same at every run. All lines end in CRLF. */
import { createHash } from 'node:crypto'

export type Draft = {
  readonly subject: string
  readonly from?: string
  readonly to?: string
  /** Makes Message-ID and Date; messages of different numbers are different messages. */
  readonly number?: number
  /** More header lines, before Content-Type. */
  readonly headers?: readonly string[]
  /** Content-Type and -Transfer-Encoding lines and the body; plain ASCII text when left out. */
  readonly content?: Content
}

export type Content = { readonly headers: readonly string[]; readonly body: string | Buffer }

export function message(draft: Draft): Buffer {
  const number = draft.number ?? 1
  const content = draft.content ?? text(`This is message ${number}.\r\n`)
  const sent = new Date(Date.UTC(2024, 0, 1) + number * 3_607_000)
  const header = [
    `From: ${draft.from ?? 'Ada Example <ada@example.org>'}`,
    `To: ${draft.to ?? 'Alice <alice@localhost>'}`,
    `Subject: ${encodedWord(draft.subject)}`,
    `Date: ${sent.toUTCString().replace('GMT', '+0000')}`,
    `Message-ID: <${number}.${digest(Buffer.from(draft.subject)).slice(0, 8)}@example.org>`,
    ...(draft.headers ?? []),
    'MIME-Version: 1.0',
    ...content.headers,
  ]
  return Buffer.concat([Buffer.from(`${header.join('\r\n')}\r\n\r\n`), bytes(content.body)])
}

export function text(body: string | Buffer, type = 'text/plain; charset=us-ascii', encoding = '7bit'): Content {
  return { headers: [`Content-Type: ${type}`, `Content-Transfer-Encoding: ${encoding}`], body }
}

export function base64(body: string | Buffer, type: string, ...headers: string[]): Content {
  const encoded = bytes(body).toString('base64').replaceAll(/.{76}/g, '$&\r\n')
  return { headers: [`Content-Type: ${type}`, 'Content-Transfer-Encoding: base64', ...headers], body: `${encoded}\r\n` }
}

export function multipart(kind: string, boundary: string, ...parts: readonly Content[]): Content {
  const pieces = parts.flatMap(part => [
    Buffer.from(`--${boundary}\r\n${part.headers.join('\r\n')}\r\n\r\n`),
    bytes(part.body),
    Buffer.from('\r\n'),
  ])
  return {
    headers: [`Content-Type: multipart/${kind}; boundary="${boundary}"`],
    body: Buffer.concat([...pieces, Buffer.from(`--${boundary}--\r\n`)]),
  }
}

export const nested = (inner: Buffer): Content => ({ headers: ['Content-Type: message/rfc822'], body: inner })

/** SHA-256, hexadecimal: how tests say that a message is the same octet for octet. */
export const digest = (octets: Uint8Array): string => createHash('sha256').update(octets).digest('hex')

/** A message as programs keep it in Unix files: lines end in LF. */
export const withLf = (octets: Uint8Array): Buffer =>
  Buffer.from(Buffer.from(octets).toString('latin1').replaceAll('\r\n', '\n'), 'latin1')

/** Octets that do not compress, the same at every run. */
export function noise(count: number): Buffer {
  let state = 0x9e3779b9
  const next = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state >>> 24
  }
  return Buffer.from(Array.from({ length: count }, next))
}

/** RFC 2047 §2, one word of at most 75 characters at a time. */
export function encodedWord(words: string): string {
  if (/^[\x20-\x7e]*$/.test(words)) return words
  const pieces = words.match(/.{1,12}/gu) ?? []
  return pieces.map(piece => `=?utf-8?B?${Buffer.from(piece).toString('base64')}?=`).join('\r\n ')
}

const bytes = (body: string | Buffer): Buffer => (typeof body === 'string' ? Buffer.from(body) : body)
