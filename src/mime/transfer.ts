import type { Octets } from '#base/bytes.ts'
import { asBuffer } from '#base/bytes.ts'
import { Base64Decoder } from './base64.ts'
import { isIdentity } from './entity.ts'
import { QuotedPrintableDecoder } from './quoted-printable.ts'

/** Undoes a Content-Transfer-Encoding in pieces, with bounded memory and whatever is in the way. RFC 2045 §6 */
export interface TransferDecoder {
  /**
   * The octets that are certain after this piece; may share memory with the piece, or with `into`, which is as long as the piece at least:
   * who only looks at what comes out spares memory so.
   */
  write(piece: Uint8Array, into?: Uint8Array): Uint8Array
  /** What was held back. */
  end(): Uint8Array
}

const NOTHING = Buffer.alloc(0)
const IDENTITY: TransferDecoder = { write: piece => piece, end: () => NOTHING }

/** Null when the encoding is not known: the octets cannot be decoded. */
export function transferDecoder(encoding: Octets): TransferDecoder | null {
  if (isIdentity(encoding)) return IDENTITY
  if (encoding === 'BASE64' || encoding === 'BASE-64') return new Base64Decoder()
  if (encoding === 'QUOTED-PRINTABLE' || encoding === 'QUOTEDPRINTABLE') return new QuotedPrintableDecoder()
  return null
}

/** A whole body; null when the encoding is not known. */
export function decodeTransfer(encoding: Octets, body: Uint8Array): Buffer | null {
  const decoder = transferDecoder(encoding)
  if (decoder === null) return null
  const decoded = asBuffer(decoder.write(body))
  const rest = decoder.end()
  return rest.length === 0 ? decoded : Buffer.concat([decoded, rest])
}
