import { isAscii, type Octets } from '#base/bytes.ts'
import { SyntaxFault } from '#base/errors.ts'

/**
 * What search strings mean.
 *
 *   textDecoder(charset)     octets -> text; of null for no CHARSET; null for one that is not known
 *
 * The decoder throws SyntaxFault for octets that are not of the charset.
 */
export type DecodeText = (octets: Octets) => string

export function textDecoder(charset: Octets | null): DecodeText | null {
  if (charset === null || /^(?:us-)?ascii$/i.test(charset)) return unlabelled
  let decoder: TextDecoder
  try {
    decoder = new TextDecoder(charset, { fatal: true })
  } catch {
    return null
  }
  return octets => {
    if (decoder.encoding === 'utf-8' && isAscii(octets)) return octets
    try {
      return decoder.decode(Buffer.from(octets, 'latin1'))
    } catch {
      throw new SyntaxFault(`text is not ${decoder.encoding}`)
    }
  }
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true })

/** Some clients send UTF-8 without saying so, or say US-ASCII; what is not UTF-8 is taken as Latin-1. */
function unlabelled(octets: Octets): string {
  if (isAscii(octets)) return octets
  try {
    return strictUtf8.decode(Buffer.from(octets, 'latin1'))
  } catch {
    return octets
  }
}
