import type { Octets } from '#base/bytes.ts'
import { asBuffer } from '#base/bytes.ts'
import { StoreFault } from '#base/errors.ts'
import type { Mail } from '#mail/mail.ts'
import { READ_OCTETS } from '#ports/blobs.ts'
import type { MessageRow } from '#ports/metadata.ts'
import type { Session } from '../session/session.ts'
import { TimeSlice } from '../session/time-slice.ts'
import type { Partial } from '../wire/syntax.ts'
import { literalHeader } from '../wire/writer.ts'

/** A value ready to write, or one whose octets follow `head` while they are read. */
export type Answer = Octets | { readonly head: Octets; send(session: Session): Promise<void> }

export const NIL: Answer = 'NIL'

/** Below this a value becomes part of the line's text: joining is cheaper than another piece of output. */
const INLINE_OCTETS = 1024

/**
 * Octets [start, end) of a message as a string. The first page is read before anything is promised: a body that is gone is NIL, not a
 * broken answer.
 */
export function rangeAnswer(
  mail: Mail,
  row: MessageRow,
  start: number,
  end: number,
  partial: Partial | null,
): Answer | Promise<Answer> {
  const from = Math.min(end, start + (partial?.start ?? 0))
  const to = partial ? Math.min(end, from + partial.count) : end
  if (from >= to) return '""'
  const answer = (first: Uint8Array): Answer => {
    if (to - from <= INLINE_OCTETS) return literalHeader(to - from) + asBuffer(withoutNul(first)).toString('latin1')
    return { head: literalHeader(to - from), send: session => sendRange(session, mail, row, first, from, to) }
  }
  try {
    const first = mail.blobs.read(row.blob, from, Math.min(to, from + READ_OCTETS))
    return first instanceof Promise ? first.then(answer, gone) : answer(first)
  } catch (error) {
    return gone(error)
  }
}

function gone(error: unknown): Answer {
  if (error instanceof StoreFault && error.failure === 'missing') return NIL
  throw error
}

async function sendRange(
  session: Session,
  mail: Mail,
  row: MessageRow,
  first: Uint8Array,
  from: number,
  to: number,
): Promise<void> {
  session.write(withoutNul(first))
  const slice = new TimeSlice()
  for (let at = from + first.length; at < to; ) {
    // Both may have nothing to wait for, page after page.
    await session.drained()
    await slice.rest()
    const chunk = await mail.blobs.read(row.blob, at, Math.min(to, at + READ_OCTETS))
    if (chunk.length === 0) throw new StoreFault('corrupt', 'a body is shorter than its record says')
    session.write(withoutNul(chunk))
    at += chunk.length
  }
}

/** A literal cannot carry NUL; mail that has some shows 0x80 in its place, so that all lengths stay. RFC 9051 §9 CHAR8 */
export function withoutNul(bytes: Uint8Array): Uint8Array {
  let at = bytes.indexOf(0)
  if (at < 0) return bytes
  const copy = Buffer.from(bytes)
  for (; at >= 0; at = copy.indexOf(0, at + 1)) copy[at] = 0x80
  return copy
}
