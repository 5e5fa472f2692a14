import type { Octets } from '#base/bytes.ts'
import { limits } from '#base/limits.ts'
import { lower, trim } from './ascii.ts'
import type { Param } from './facts.ts'

/** The `value; name=value; ...` form that Content-Type and Content-Disposition share. RFC 2045 §5.1, RFC 2231 */

export type Structured = {
  /** What stands before the first semicolon, without comments and white space around it. */
  readonly value: Octets
  readonly params: readonly Param[]
}

/** Reads a field body of that form. Never fails: what is not of the form is left out. */
export function readStructured(text: Octets): Structured {
  const reader = new Reader(text)
  const value = reader.until(';')
  const params: Param[] = []
  while (params.length < limits.mimeParameters && reader.next()) {
    const name = reader.until('=;')
    if (!reader.at('=')) continue
    reader.skip()
    const content = reader.value()
    if (name !== '') params.push([name, content])
  }
  return { value, params: joinContinuations(params) }
}

class Reader {
  readonly #text: Octets
  #at = 0

  constructor(text: Octets) {
    this.#text = text
  }

  at(character: string): boolean {
    return this.#text[this.#at] === character
  }

  skip(): void {
    this.#at++
  }

  /** Steps over what is left before the next semicolon and over it; false at the end. */
  next(): boolean {
    const semicolon = this.#text.indexOf(';', this.#at)
    this.#at = semicolon < 0 ? this.#text.length : semicolon + 1
    return this.#at < this.#text.length
  }

  /** The text before one of these characters, comments taken out. */
  until(stops: string): Octets {
    let out = ''
    let start = this.#at
    while (this.#at < this.#text.length && !stops.includes(this.#text[this.#at]!)) {
      if (this.at('(')) {
        out += this.#text.slice(start, this.#at)
        this.#comment()
        start = this.#at
      } else this.#at++
    }
    return trim(out + this.#text.slice(start, this.#at))
  }

  /** A quoted string, or what real mail has instead: anything up to the next semicolon. */
  value(): Octets {
    while (this.at(' ') || this.at('\t')) this.#at++
    if (this.at('(')) this.#comment()
    while (this.at(' ') || this.at('\t')) this.#at++
    return this.at('"') ? this.#quoted() : this.#bare()
  }

  #quoted(): Octets {
    const text = this.#text
    let out = ''
    let start = ++this.#at
    for (; this.#at < text.length; this.#at++) {
      const character = text.charCodeAt(this.#at)
      if (character === 34) break
      if (character !== 92) continue
      out += text.slice(start, this.#at)
      start = ++this.#at
    }
    out += text.slice(start, this.#at)
    if (this.#at < text.length) this.#at++
    return out
  }

  #bare(): Octets {
    const semicolon = this.#text.indexOf(';', this.#at)
    const end = semicolon < 0 ? this.#text.length : semicolon
    const raw = this.#text.slice(this.#at, end)
    this.#at = end
    // A comment may follow the value, and so may the next parameter whose semicolon was forgotten; a file name with spaces is kept.
    return trim(/^[^ \t(]+(?=[ \t]+(?:\(|[^ \t=]{1,40}=))/.exec(raw)?.[0] ?? raw)
  }

  #comment(): void {
    let depth = 0
    for (; this.#at < this.#text.length; this.#at++) {
      const character = this.#text.charCodeAt(this.#at)
      if (character === 92) this.#at++
      else if (character === 40) depth++
      else if (character === 41 && --depth === 0) break
    }
    if (this.#at < this.#text.length) this.#at++
  }
}

type Section = { readonly number: number; readonly encoded: boolean; readonly value: Octets }

/**
 * Joins `name*0`, `name*1*`, ... into one parameter at the place of the first. When a section is percent-encoded the joined one is called
 * `name*` and all of it is, so that its value still begins with charset'language'. RFC 2231 §4.1
 */
function joinContinuations(params: readonly Param[]): readonly Param[] {
  if (!params.some(([name]) => name.includes('*'))) return params
  const sections = new Map<string, Section[]>()
  for (const [name, value] of params) {
    const match = continuation(name)
    if (match === null) continue
    const key = lower(match.base)
    const list = sections.get(key)
    const section = { number: match.number, encoded: match.encoded, value }
    if (list === undefined) sections.set(key, [section])
    else list.push(section)
  }

  const joined: Param[] = []
  for (const param of params) {
    const match = continuation(param[0])
    if (match === null) {
      joined.push(param)
      continue
    }
    const key = lower(match.base)
    const list = sections.get(key)
    if (list === undefined) continue
    sections.delete(key)
    list.sort((a, b) => a.number - b.number)
    const encoded = list.some(section => section.encoded)
    const value = list.map(section => (encoded && !section.encoded ? percentEncode(section.value) : section.value))
    // Without a charset in front, `''` says that it is not known.
    const mark = encoded && !list[0]!.encoded ? "''" : ''
    joined.push([encoded ? `${match.base}*` : match.base, mark + value.join('')])
  }
  return joined
}

function continuation(name: Octets): { base: Octets; number: number; encoded: boolean } | null {
  const match = /^([^*]+)\*(\d{1,5})(\*?)$/.exec(name)
  return match === null ? null : { base: match[1]!, number: Number(match[2]), encoded: match[3] === '*' }
}

const percentEncode = (value: Octets): Octets =>
  value.replace(/[^\w.!#$&+^`{|}~-]/g, octet => `%${octet.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`)

/** The first parameter of this name, in any case. */
export function param(params: readonly Param[], name: string): Octets | null {
  for (const [key, value] of params) if (key.length === name.length && lower(key) === name) return value
  return null
}
