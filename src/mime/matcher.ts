import { foldText } from './fold.ts'

/** Beyond this the needle's own repetitions could cost; see `Search`. */
const SHORT = 32
/** Combining marks after one character that are waited for. */
const MAX_HELD = 64

/**
 * Looks for a text in pieces that follow each other, also across their borders. Case and forms of characters do not count (`foldText`), and
 * any run of white space is one space, since where lines were broken is chance.
 */
export class TextMatcher {
  readonly #needle: string
  readonly #search: Search
  #found: boolean
  /** The last character of the last piece, while marks may follow it. */
  #held = ''
  #spaced = false

  constructor(text: string) {
    this.#needle = squeeze(foldText(text))
    this.#search = this.#needle.length <= SHORT ? new ShortSearch(this.#needle) : new LongSearch(this.#needle)
    this.#found = this.#needle === ''
  }

  /** True once the text has been seen; nothing more needs to be fed then. */
  get found(): boolean {
    return this.#found
  }

  /** Takes the next piece; true when the text has now been found. */
  feed(piece: string): boolean {
    if (this.#found || piece === '') return this.#found
    const text = this.#held + piece
    const whole = wholeLength(text)
    this.#held = text.slice(whole)
    return this.#look(text.slice(0, whole))
  }

  /** After the last piece. */
  end(): boolean {
    const rest = this.#held
    this.#held = ''
    return this.#look(rest)
  }

  #look(text: string): boolean {
    if (this.#found || text === '') return this.#found
    let squeezed = squeeze(foldText(text))
    if (this.#spaced && squeezed.startsWith(' ')) squeezed = squeezed.slice(1)
    if (squeezed === '') return false
    this.#spaced = squeezed.endsWith(' ')
    this.#found = this.#search.feed(squeezed)
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

interface Search {
  feed(text: string): boolean
}

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
