/** Bytes and binary strings. A binary string has one character (U+0000–U+00FF) for each octet, as Buffer's 'latin1' makes it. */

/** A string that holds octets, one per character; written to a socket with 'latin1' it gives exactly them. */
export type Octets = string

/** Views the same memory as a Buffer; copies nothing. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

export const octetsOf = (bytes: Uint8Array): Octets => asBuffer(bytes).toString('latin1')
export const bytesOf = (octets: Octets): Buffer => Buffer.from(octets, 'latin1')

/** The UTF-8 octets of a text, as a binary string. */
export const utf8Octets = (text: string): Octets =>
  isAscii(text) ? text : Buffer.from(text, 'utf8').toString('latin1')

/** True when every character is below U+0080. */
export function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false
  return true
}

/** True when the octets are valid UTF-8. */
export function isUtf8(octets: Octets): boolean {
  const bytes = bytesOf(octets)
  // What is not valid is read as U+FFFD, which is written otherwise than it came.
  return isAscii(octets) || Buffer.from(bytes.toString('utf8'), 'utf8').equals(bytes)
}
