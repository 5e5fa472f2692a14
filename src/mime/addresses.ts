import type { Octets } from '#base/bytes.ts'
import { limits } from '#base/limits.ts'
import { trim } from './ascii.ts'
import type { Address } from './facts.ts'

/**
 * Address lists as real mail has them. RFC 5322 §3.4 and §4.4
 *
 * In ENVELOPE a host of NIL means group syntax, so an address that has no host gets the host '' and one without a mailbox the mailbox ''.
 * Words stay as they are except for quoting: encoded words are not decoded. A comment serves as name where there is no other.
 */
export function readAddresses(text: Octets, limit: number = limits.addressesPerField): Address[] {
  return new AddressReader(text, limit).read()
}

/** A run without white space. `at` is where its last unquoted '@' is, -1 when there is none. */
type Word = { text: Octets; at: number }

const ENCODED_WORD = /=\?[^?\s]{1,80}\?[bq]\?[^?\s]{0,1000}\?=/iy

class AddressReader {
  readonly #text: Octets
  readonly #limit: number
  readonly #found: Address[] = []
  #words: Word[] = []
  #comment: Octets | null = null
  #inGroup = false
  #at = 0

  constructor(text: Octets, limit: number) {
    this.#text = text
    this.#limit = limit
  }

  read(): Address[] {
    const text = this.#text
    while (this.#at < text.length && this.#found.length < this.#limit) {
      switch (text[this.#at]) {
        case ' ':
        case '\t':
          this.#at++
          break
        case ',':
          this.#at++
          this.#finish()
          break
        case ';':
          // Outside a group some software separates addresses with it.
          this.#at++
          this.#finish()
          this.#endGroup()
          break
        case ':':
          this.#colon()
          break
        case '(':
          this.#comment = this.#readComment() || this.#comment
          break
        case '<':
          this.#angle()
          break
        case '>':
        case ')':
          this.#at++
          break
        default:
          this.#words.push(this.#word())
      }
    }
    if (this.#found.length < this.#limit) this.#finish()
    this.#endGroup()
    return this.#found
  }

  /** A group begins, unless what stands before cannot be its name. */
  #colon(): void {
    this.#at++
    if (this.#inGroup || this.#words.length === 0 || this.#words.some(word => word.at >= 0)) return
    this.#found.push({ name: null, route: null, mailbox: this.#phrase(), host: null })
    this.#words = []
    this.#comment = null
    this.#inGroup = true
  }

  #endGroup(): void {
    if (!this.#inGroup) return
    this.#found.push({ name: null, route: null, mailbox: null, host: null })
    this.#inGroup = false
  }

  /** Ends a mailbox written without angle brackets. */
  #finish(): void {
    const words = joinAroundAt(this.#words)
    if (words.length > 0) {
      // Words before the address are a name whose angle brackets were forgotten.
      const place = words.findLastIndex(word => word.at >= 0)
      if (place < 0) this.#push(null, null, this.#phrase(), '')
      else {
        const { text, at } = words[place]!
        const name = words.filter((_, i) => i !== place).map(word => word.text)
        this.#push(name.length > 0 ? name.join(' ') : null, null, text.slice(0, at), text.slice(at + 1))
      }
    }
    this.#words = []
    this.#comment = null
  }

  /** `<route:local@host>`, and the separator after it. */
  #angle(): void {
    const text = this.#text
    this.#at++
    let content = ''
    let lastAt = -1
    let route: Octets | null = null
    for (; this.#at < text.length; ) {
      const character = text[this.#at]!
      if (character === '>') break
      // A bracket that was never closed ends with its address; a comma may also stand between the hosts of a route.
      if (character === ',' && !content.startsWith('@')) break
      if (character === '(') {
        this.#readComment()
        continue
      }
      if (character === '"') {
        content += this.#quoted()
        continue
      }
      if (character === '[') {
        content += this.#literal()
        continue
      }
      this.#at++
      if (character === ' ' || character === '\t' || character === '<') continue
      if (character === ':' && content.startsWith('@')) {
        route = content
        content = ''
        lastAt = -1
        continue
      }
      if (character === '@') lastAt = content.length
      content += character
    }
    while (text[this.#at] === '>') this.#at++
    const name = this.#words.length > 0 ? this.#phrase() : this.#comment
    // The empty path `<>` with nothing around it names nobody.
    if (content !== '' || name !== null) {
      const mailbox = lastAt < 0 ? content : content.slice(0, lastAt)
      this.#push(name, route, mailbox, lastAt < 0 ? '' : content.slice(lastAt + 1))
    }
    this.#words = []
    this.#comment = null
    this.#afterAngle()
  }

  /** A comment after the bracket belongs to the address that was just read; other text there begins the next one. */
  #afterAngle(): void {
    const text = this.#text
    for (; this.#at < text.length; ) {
      const character = text[this.#at]!
      if (character === '(') this.#readComment()
      else if (character === ' ' || character === '\t') this.#at++
      else break
    }
    if (text[this.#at] === ',') this.#at++
  }

  #push(name: Octets | null, route: Octets | null, mailbox: Octets, host: Octets): void {
    const shown = name ?? this.#comment
    this.#found.push({ name: shown === '' ? null : shown, route, mailbox, host })
  }

  #phrase(): Octets {
    return this.#words.map(word => word.text).join(' ')
  }

  #word(): Word {
    const text = this.#text
    let out = ''
    let at = -1
    for (; this.#at < text.length; ) {
      const character = text[this.#at]!
      if (character === '"') {
        out += this.#quoted()
        continue
      }
      if (character === '[') {
        out += this.#literal()
        continue
      }
      if (character === '=' && text[this.#at + 1] === '?') {
        // Commas and the like inside an encoded word separate nothing, though they should not be there. RFC 2047 §5
        ENCODED_WORD.lastIndex = this.#at
        const match = ENCODED_WORD.exec(text)
        if (match !== null) {
          out += match[0]
          this.#at += match[0].length
          continue
        }
      }
      if (' \t,;:()<>'.includes(character)) break
      if (character === '@') at = out.length
      out += character
      this.#at++
    }
    return { text: out, at }
  }

  /** A domain literal as it is; an opening bracket that is never closed is a character like others. */
  #literal(): Octets {
    const text = this.#text
    let end = this.#at + 1
    while (end < text.length && !'] \t,;<>@"[('.includes(text[end]!)) end++
    if (text[end] === ']') end++
    const literal = text.slice(this.#at, end)
    this.#at = end
    return literal
  }

  #quoted(): Octets {
    return this.#delimited('"', null)
  }

  #readComment(): Octets {
    return trim(this.#delimited(')', '('))
  }

  /** From an opening mark to its closing one or the end; without the marks and the backslashes of quoted pairs. */
  #delimited(close: string, open: string | null): Octets {
    const text = this.#text
    let out = ''
    let start = ++this.#at
    let depth = 1
    for (; this.#at < text.length; this.#at++) {
      const character = text[this.#at]!
      if (character === '\\' && this.#at + 1 < text.length) {
        out += text.slice(start, this.#at)
        start = ++this.#at
      } else if (character === open) depth++
      else if (character === close && --depth === 0) break
    }
    out += text.slice(start, this.#at)
    if (this.#at < text.length) this.#at++
    return out
  }
}

/** `user @ host` is one address, written with the white space that RFC 5322 §4.4 still allows. */
function joinAroundAt(words: readonly Word[]): Word[] {
  const joined: Word[] = []
  for (const word of words) {
    const last = joined.at(-1)
    const open = last !== undefined && last.at >= 0 && last.at === last.text.length - 1
    if (last === undefined || !(open || word.at === 0)) joined.push({ ...word })
    else {
      if (word.at >= 0) last.at = last.text.length + word.at
      last.text += word.text
    }
  }
  return joined
}
