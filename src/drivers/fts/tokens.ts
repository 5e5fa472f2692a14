/**
 * Cuts folded text into tokens. Whether there is a cut between two characters depends on these two alone, so a text that is part of
 * another is cut as it is in there, but for its first and last token, which may be the end and the beginning of longer ones. That makes
 * a search for any text a search for a run of tokens.
 *
 * A space belongs to the token after it: most tokens are a space and a word.
 */

const SPACE = 32

/** Kinds of characters; those of the same kind stay together. */
const Kind = { other: 0, letter: 1, digit: 2, alone: 3 } as const

/** Written without spaces between words: each character is a token. Halves of surrogate pairs too, so that no token has one among others. */
const ALONE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Tibetan}\p{Cs}]/u
const LETTER = /[\p{L}\p{M}]/u
const DIGIT = /\p{N}/u

const kinds = new Uint8Array(0x10000)
for (let code = 0; code < kinds.length; code++) {
  const character = String.fromCharCode(code)
  if (ALONE.test(character)) kinds[code] = Kind.alone
  else if (LETTER.test(character)) kinds[code] = Kind.letter
  else if (DIGIT.test(character)) kinds[code] = Kind.digit
}

/**
 * Letters that hardly ever follow another in a word, by that other from A to Z. There the runs of letters in encoded data are cut too, into
 * pieces that come again; else each line of base64 would add words that no other message has.
 */
const RARE =
  'E DFHKNPQVWXZ BJPQVWXZ FJKPQXZ JZ BDGHJKMNPQSVWXZ BDFJKMPQVWXZ BCFGHJKQVWXZ HJWY BCDFGHIJKLMNQRSTVWXYZ BCDFHJKMOPQRUVWXZ GJNQXZ CDFJKQTVWXZ JXZ QZ BFJKNQVWXZ ABCDEFGHIJKLMNOPRSTVWXYZ JQXZ GJQVXZ GJKQVZ HJKQUVWZ BCFGHJKMNPQRTUVWXYZ BCDFGJKMPQTUVXYZ BDFGHJKLNOQRSUVWYZ CDFGHJKQUVXYZ BCDFGHJKLMNPQRSTUVWXY'.split(
    ' ',
  )

/** For two characters below 128: whether there is a cut between them. */
const cuts = new Uint8Array(128 * 128)
for (let a = 0; a < 128; a++) {
  for (let b = 0; b < 128; b++) cuts[a * 128 + b] = asciiCut(a, b) ? 1 : 0
}

function asciiCut(a: number, b: number): boolean {
  if (a === SPACE || b === SPACE) return b === SPACE
  if (kinds[a] !== kinds[b]) return true
  if (a >= 65 && a <= 90 && b >= 65 && b <= 90) return RARE[a - 65]!.includes(String.fromCharCode(b))
  // Long numbers are mostly times and serials: pieces of them come again, they do not.
  return kinds[a] === Kind.digit && (a + 3 * b) % 4 === 0
}

function cutBetween(a: number, b: number): boolean {
  if ((a | b) < 128) return cuts[a * 128 + b] === 1
  if (a === SPACE || b === SPACE) return b === SPACE
  return kinds[a] !== kinds[b] || kinds[a] === Kind.alone
}

/** Where the token that begins at `from` ends. */
function tokenEnd(text: string, from: number): number {
  let before = text.charCodeAt(from)
  let at = from + 1
  for (; at < text.length; at++) {
    const next = text.charCodeAt(at)
    if (cutBetween(before, next)) break
    before = next
  }
  return at
}

/** The tokens of a text that is whole. */
export function tokensOf(text: string): string[] {
  const tokens: string[] = []
  for (let at = 0; at < text.length; ) {
    const end = tokenEnd(text, at)
    tokens.push(text.slice(at, end))
    at = end
  }
  return tokens
}

/** A token: what stands in a text from one place to another. */
type Emit = (text: string, from: number, to: number) => void

/** The tokens of a text that comes in pieces. */
export class Tokenizer {
  readonly #emit: Emit
  /** The last token of the last piece, which may go on in the next. */
  #open = ''

  constructor(emit: Emit) {
    this.#emit = emit
  }

  write(piece: string): void {
    if (piece === '') return
    const text = this.#open + piece
    let at = 0
    for (;;) {
      const end = tokenEnd(text, at)
      if (end === text.length) break
      this.#emit(text, at, end)
      at = end
    }
    this.#open = text.slice(at)
  }

  end(): void {
    if (this.#open !== '') this.#emit(this.#open, 0, this.#open.length)
    this.#open = ''
  }
}

/**
 * The octets that stand for a text in the index: each UTF-16 unit in the form that UTF-8 has for it, so that any text, also one with half
 * a surrogate pair, is found in another exactly when its octets are. Without surrogates this is UTF-8.
 */
export function octetsOfToken(text: string): Buffer {
  if (!/[\ud800-\udfff]/.test(text)) return Buffer.from(text, 'utf8')
  return Buffer.concat(
    Array.from({ length: text.length }, (_, i) => {
      const unit = text.charCodeAt(i)
      return unit < 0xd800 || unit > 0xdfff
        ? Buffer.from(text[i]!, 'utf8')
        : Buffer.from([0xe0 | (unit >> 12), 0x80 | ((unit >> 6) & 0x3f), 0x80 | (unit & 0x3f)])
    }),
  )
}
