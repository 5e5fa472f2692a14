/**
 * Writes the few DER values a certificate is made of. ITU-T X.690 §8, §10.
 * Only a writer: certificates are read by node:crypto. The x509 packages of npm bring decorators and a global Reflect polyfill for this.
 */
type Der = Buffer

function value(tag: number, ...contents: readonly Uint8Array[]): Der {
  const body = Buffer.concat(contents)
  if (body.length < 0x80) return Buffer.concat([Buffer.from([tag, body.length]), body])
  const octets: number[] = []
  for (let rest = body.length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256)
  return Buffer.concat([Buffer.from([tag, 0x80 | octets.length, ...octets]), body])
}

export const sequence = (...contents: readonly Uint8Array[]): Der => value(0x30, ...contents)
export const set = (...contents: readonly Uint8Array[]): Der => value(0x31, ...contents)
export const octetString = (bytes: Uint8Array): Der => value(0x04, bytes)
export const utf8String = (text: string): Der => value(0x0c, Buffer.from(text, 'utf8'))
export const boolean = (truth: boolean): Der => value(0x01, Buffer.from([truth ? 0xff : 0]))

/** Big-endian, taken as positive whatever its first bit. */
export function integer(bytes: Uint8Array): Der {
  let from = 0
  while (from < bytes.length - 1 && bytes[from] === 0) from++
  const body = bytes.subarray(from)
  return (body[0] ?? 0) & 0x80 ? value(0x02, Buffer.from([0]), body) : value(0x02, body)
}

/** `unused` bits at the end of the last octet mean nothing. */
export const bitString = (bytes: Uint8Array, unused = 0): Der => value(0x03, Buffer.from([unused]), bytes)

/** [number], primitive or constructed. */
export const context = (number: number, constructed: boolean, ...contents: readonly Uint8Array[]): Der =>
  value(0x80 | (constructed ? 0x20 : 0) | number, ...contents)

export function objectId(dotted: string): Der {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  const octets: number[] = []
  for (const arc of [first * 40 + second, ...rest]) {
    const base128 = [arc & 0x7f]
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128))
      base128.unshift((left & 0x7f) | 0x80)
    octets.push(...base128)
  }
  return value(0x06, Buffer.from(octets))
}

/** UTCTime until 2049, GeneralizedTime from 2050. RFC 5280 §4.1.2.5 */
export function time(milliseconds: number): Der {
  const digits = new Date(milliseconds).toISOString().replace(/[-:T]|\.\d+/g, '')
  return Number(digits.slice(0, 4)) < 2050
    ? value(0x17, Buffer.from(digits.slice(2)))
    : value(0x18, Buffer.from(digits))
}
