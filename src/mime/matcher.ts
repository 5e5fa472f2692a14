import { foldText } from './fold.ts'

/** Beyond this the needle's own repetitions could cost; see `Search`. */
const SHORT = 32
/** Combining marks after one character that are waited for. */
const MAX_HELD = 64

/**
 * Brings a text that comes in pieces into the form in which texts are looked for: case and forms of characters do not count (`foldText`),
 * and any run of white space is one space, since where lines were broken is chance.
 */
export class TextFolder {
  /** The last character of the last piece, while marks may follow it. */
  #held = ''
  #spaced = false

  /** Takes the next piece; gives what can be said of the text so far and was not given before. */
  feed(piece: string): string {
    if (piece === '') return ''
    const text = this.#held + piece
    const whole = wholeLength(text)
    this.#held = text.slice(whole)
    return this.#fold(text.slice(0, whole))
  }

  /** The rest, after the last piece. */
  end(): string {
    const rest = this.#held
    this.#held = ''
    return this.#fold(rest)
  }

  #fold(text: string): string {
    if (text === '') return ''
    let squeezed = squeeze(foldText(text))
    if (this.#spaced && squeezed.startsWith(' ')) squeezed = squeezed.slice(1)
    if (squeezed !== '') this.#spaced = squeezed.endsWith(' ')
    return squeezed
  }
}

/** A text that is looked for, in the form of `TextFolder`. */
export const foldNeedle = (text: string): string => squeeze(foldText(text))

/** Looks for a text in pieces that follow each other, also across their borders, both in the form that `TextFolder` gives. */
export class TextMatcher {
  readonly #search: Search
  readonly #folder = new TextFolder()
  #found: boolean

  constructor(text: string) {
    const needle = foldNeedle(text)
    this.#search = searchFor(needle)
    this.#found = needle === ''
  }

  /** True once the text has been seen; nothing more needs to be fed then. */
  get found(): boolean {
    return this.#found
  }

  /** Takes the next piece; true when the text has now been found. */
  feed(piece: string): boolean {
    return this.#found || this.#look(this.#folder.feed(piece))
  }

  /** After the last piece. */
  end(): boolean {
    return this.#found || this.#look(this.#folder.end())
  }

  #look(folded: string): boolean {
    if (folded !== '') this.#found = this.#search.feed(folded)
    return this.#found
  }
}

/** True when the text is in the other. */
export function textIncludes(haystack: string, text: string): boolean {
  const matcher = new TextMatcher(text)
  return matcher.feed(haystack) || matcher.end()
}

const squeeze = (text: string): string => text.replace(/[\s\u200b\ufeff]+/g, ' ')

/** Up to where no later mark can change what is there. */
function wholeLength(text: string): number {
  let at = text.length
  if (text.charCodeAt(at - 1) <= 0x7f) return at - 1
  while (at > 1 && text.length - at < MAX_HELD && /\p{M}/u.test(text[at - 1]!)) at--
  at--
  const character = text.charCodeAt(at)
  if (at > 0 && character >= 0xdc00 && character <= 0xdfff) at--
  return at
}

/** Looks for a text in pieces that follow each other. */
export interface Search {
  /** True when the text has been seen, in this piece and those before. */
  feed(piece: string): boolean
}

/** `needle` and pieces as they are compared, in the form of `TextFolder`. */
export const searchFor = (needle: string): Search =>
  needle.length <= SHORT ? new ShortSearch(needle) : new LongSearch(needle)

/** The engine's own search, which is fast, and for short needles never slow. */
class ShortSearch implements Search {
  readonly #needle: string
  #tail = ''

  constructor(needle: string) {
    this.#needle = needle
  }

  feed(text: string): boolean {
    const all = this.#tail + text
    if (all.includes(this.#needle)) return true
    this.#tail = this.#needle.length > 1 ? all.slice(1 - this.#needle.length) : ''
    return false
  }
}

/** Knuth, Morris and Pratt's search: linear whatever the needle is. */
class LongSearch implements Search {
  readonly #needle: string
  /** For each length matched, the next shorter one that may go on. */
  readonly #shorter: Uint32Array
  #matched = 0

  constructor(needle: string) {
    this.#needle = needle
    this.#shorter = new Uint32Array(needle.length)
    for (let i = 1, length = 0; i < needle.length; ) {
      if (needle.charCodeAt(i) === needle.charCodeAt(length)) this.#shorter[i++] = ++length
      else if (length > 0) length = this.#shorter[length - 1]!
      else i++
    }
  }

  feed(text: string): boolean {
    const needle = this.#needle
    let matched = this.#matched
    for (let i = 0; i < text.length; ) {
      if (text.charCodeAt(i) === needle.charCodeAt(matched)) {
        i++
        if (++matched === needle.length) return true
      } else if (matched > 0) matched = this.#shorter[matched - 1]!
      else i++
    }
    this.#matched = matched
    return false
  }
}
