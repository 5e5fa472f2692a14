/**
 * RFC 4013: the form of passwords and names in which equal ones have equal octets, however they were typed.
 *
 *   saslprep(text) → string, or null when the text has characters that no password may have
 *
 * After today's Unicode rather than 3.2 of RFC 3454: unassigned code points are not refused, since they are assigned meanwhile, and
 * normalisation is the runtime's. What RFC 3454 lists by code point is listed here by property where one says the same.
 */

/** Table C.1.2 becomes a space, table B.1 nothing. RFC 4013 §2.1 */
const OTHER_SPACES = /[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/gu
const NOTHING = /\u00ad|\u034f|\u1806|[\u180b-\u180d]|\u200b|\u200c|\u200d|\u2060|[\ufe00-\ufe0f]|\ufeff/gu

/**
 * Tables C.2.1, C.2.2 (controls), C.3 (private use), C.4 (non-characters), C.5 (surrogates), C.6 and C.7 (not plain text, not canonical), C.8
 * (deprecated and direction; U+0340 and U+0341 do not outlive normalisation), C.9 (tags). RFC 4013 §2.3
 */
const PROHIBITED =
  /[\p{Cc}\p{Co}\p{Cs}\p{Noncharacter_Code_Point}\u06dd\u070f\u180e\u200c-\u200f\u2028\u2029\u2060-\u2063\u206a-\u206f\ufeff\ufff9-\ufffd\u2ff0-\u2ffb\u202a-\u202e\u{1d173}-\u{1d17a}\u{e0001}\u{e0020}-\u{e007f}]/u

/** Tables D.1 and D.2: the scripts written from right to left, and letters of all others. RFC 3454 §6 */
const RIGHT_TO_LEFT =
  /[\u05be\u05c0\u05c3\u05d0-\u05f4\u061b\u061f-\u064a\u066d-\u066f\u0671-\u06d5\u06e5\u06e6\u06ee\u06ef\u06fa-\u070d\u0710\u0712-\u072f\u074d-\u07a5\u07b1-\u07ea\u0800-\u0815\u0840-\u0858\u08a0-\u08c9\ufb1d\ufb1f-\ufb28\ufb2a-\ufd3d\ufd50-\ufdfc\ufe70-\ufefc]/u
const LEFT_TO_RIGHT = /\p{L}/u

export function saslprep(text: string): string | null {
  if (/^[ -~]*$/.test(text)) return text
  // U+200B stands in both tables; RFC 4013's errata and practice let it vanish.
  const prepared = text.replace(NOTHING, '').replace(OTHER_SPACES, ' ').normalize('NFKC')
  return PROHIBITED.test(prepared) || !directed(prepared) ? null : prepared
}

/** Right-to-left text has no left-to-right letter, and begins and ends with one of its own. RFC 3454 §6 */
function directed(text: string): boolean {
  if (!RIGHT_TO_LEFT.test(text)) return true
  const characters = [...text]
  const own = (character: string) => RIGHT_TO_LEFT.test(character)
  return (
    own(characters[0]!) && own(characters.at(-1)!) && characters.every(each => own(each) || !LEFT_TO_RIGHT.test(each))
  )
}
