import { crc32 } from 'node:zlib'
import { asBuffer } from '#base/bytes.ts'
import { StoreFault } from '#base/errors.ts'

/**
 * A stored body: a header, then its octets. The same in segments and in files of a single body.
 *
 *   0  magic 'RKB1'        4  form, then three zeros     8  octets that follow
 *  12  their CRC-32       16  octets of the body        20  first 16 octets of the body's SHA-256
 *  36  CRC-32 of the header so far
 *
 * Numbers are little-endian. `form` says how the octets that follow make the body: they are it, or what packed-index.ts describes.
 */
export const HEADER_OCTETS = 40
export const Form = { raw: 0, packed: 1 } as const
export type Form = (typeof Form)[keyof typeof Form]

const MAGIC = 0x31424b52
const DIGEST_OCTETS = 16

export type RecordHeader = {
  readonly form: Form
  readonly stored: number
  readonly crc: number
  readonly octets: number
  readonly digest: Uint8Array
}

export function encodeHeader(header: RecordHeader): Buffer {
  const bytes = Buffer.alloc(HEADER_OCTETS)
  bytes.writeUInt32LE(MAGIC, 0)
  bytes.writeUInt8(header.form, 4)
  bytes.writeUInt32LE(header.stored, 8)
  bytes.writeUInt32LE(header.crc, 12)
  bytes.writeUInt32LE(header.octets, 16)
  bytes.set(header.digest.subarray(0, DIGEST_OCTETS), 20)
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 36)), 36)
  return bytes
}

/** null when the octets are not a header. */
export function decodeHeader(input: Uint8Array): RecordHeader | null {
  if (input.length < HEADER_OCTETS) return null
  const bytes = asBuffer(input)
  if (bytes.readUInt32LE(0) !== MAGIC || bytes.readUInt32LE(36) !== crc32(bytes.subarray(0, 36))) return null
  return {
    form: bytes.readUInt8(4) as Form,
    stored: bytes.readUInt32LE(8),
    crc: bytes.readUInt32LE(12),
    octets: bytes.readUInt32LE(16),
    digest: bytes.subarray(20, 20 + DIGEST_OCTETS),
  }
}

/** @throws {StoreFault} `corrupt` */
export function requireHeader(bytes: Uint8Array, octets: number): RecordHeader {
  const header = decodeHeader(bytes)
  if (header === null || header.octets !== octets || header.form > Form.packed) {
    throw new StoreFault('corrupt', 'a stored body has a damaged header')
  }
  return header
}

/** @throws {StoreFault} `corrupt` */
export function requireChecksum(header: RecordHeader, body: Uint8Array): void {
  if (body.length !== header.stored || crc32(body) !== header.crc) {
    throw new StoreFault('corrupt', 'a stored body fails its checksum')
  }
}
