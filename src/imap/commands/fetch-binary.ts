import { asBuffer } from '#base/bytes.ts'
import { Refusal } from '#base/errors.ts'
import type { Mail } from '#mail/mail.ts'
import { partAt } from '#mime/structure.ts'
import { transferDecoder } from '#mime/transfer.ts'
import { passed } from '#net/garbage.ts'
import { READ_OCTETS, readRange } from '#ports/blobs.ts'
import type { MessageRow } from '#ports/metadata.ts'
import type { Session } from '../session/session.ts'
import { TimeSlice } from '../session/time-slice.ts'
import type { Partial } from '../wire/syntax.ts'
import { literalHeader } from '../wire/writer.ts'
import type { BodyItem, Source } from './fetch-body.ts'
import { type Answer, NIL } from './fetch-bytes.ts'

/** Decoded up to this size in one go; larger parts are decoded twice, once for their size, so that they never lie in memory whole. */
const WHOLE_OCTETS = 256 * 1024

/** What the transfer encoding hides: the octets of a part. `encoding` is identity for multiparts and the message itself. */
type Encoded = {
  readonly mail: Mail
  readonly row: MessageRow
  readonly start: number
  readonly end: number
  readonly encoding: string
}

/** BINARY[part]. RFC 9051 §6.4.5, RFC 3516 §4.2 */
export function binaryItem(path: readonly number[], partial: Partial | null): BodyItem['value'] {
  return async source => {
    const part = await encodedPart(source, path)
    if (!part) return NIL
    if (part.end - part.start <= WHOLE_OCTETS) return small(part, partial)
    const octets = await decodedSize(part)
    const from = Math.min(octets, partial?.start ?? 0)
    const to = partial ? Math.min(octets, from + partial.count) : octets
    return { head: literalHeader(to - from, true), send: session => sendDecoded(session, part, from, to) }
  }
}

/** BINARY.SIZE[part] */
export function binarySizeItem(path: readonly number[]): BodyItem['value'] {
  return async source => {
    const part = await encodedPart(source, path)
    return part ? `${await decodedSize(part)}` : NIL
  }
}

async function encodedPart(source: Source, path: readonly number[]): Promise<Encoded | null> {
  const { mail, row } = source
  if (path.length === 0) return { mail, row, start: 0, end: row.blob.octets, encoding: '8BIT' }
  const part = partAt((await source.structure()).structure, path)
  if (!part) return null
  const encoding = part.kind === 'multipart' ? '8BIT' : part.encoding
  if (!transferDecoder(encoding)) throw new Refusal('unknown-cte', 'The transfer encoding of that part is not known')
  return { mail, row, start: part.body[0], end: part.body[1], encoding }
}

/** `into`: memory to use again and again, when nobody keeps what comes. */
async function* decoded({ mail, row, start, end, encoding }: Encoded, into?: Uint8Array): AsyncIterable<Uint8Array> {
  const decoder = transferDecoder(encoding)!
  for await (const chunk of readRange(mail.blobs, row.blob, start, end)) yield decoder.write(chunk, into)
  yield decoder.end()
}

async function decodedSize(part: Encoded): Promise<number> {
  const slice = new TimeSlice()
  let octets = 0
  for await (const chunk of decoded(part, new Uint8Array(READ_OCTETS))) {
    octets += chunk.length
    passed(READ_OCTETS)
    await slice.rest()
  }
  return octets
}

async function small(part: Encoded, partial: Partial | null): Promise<Answer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of decoded(part)) chunks.push(chunk)
  const whole = Buffer.concat(chunks)
  const wanted = partial ? whole.subarray(partial.start, partial.start + partial.count) : whole
  if (wanted.length === 0) return '""'
  return literalHeader(wanted.length, wanted.includes(0)) + asBuffer(wanted).toString('latin1')
}

async function sendDecoded(session: Session, part: Encoded, from: number, to: number): Promise<void> {
  const slice = new TimeSlice()
  let at = 0
  for await (const chunk of decoded(part)) {
    const low = Math.max(0, from - at)
    const high = Math.min(chunk.length, to - at)
    at += chunk.length
    if (low < high) session.write(chunk.subarray(low, high))
    if (at >= to) return
    await session.drained()
    await slice.rest()
  }
}
