/**
 * Lines of a TOML text's keys, for messages. The text has been parsed by a real parser before; this only walks over it, so it
 * knows strings, brackets and comments well enough not to see keys where there are none.
 */

/** Key path (`limits.message_size`) → line, from 1. Keys of inline tables are found too; the first place of a key counts. */
export function locate(toml: string): ReadonlyMap<string, number> {
  const lines = new Map<string, number>()
  const note = (path: readonly string[], line: number) => {
    const key = path.join('.')
    if (!lines.has(key)) lines.set(key, line)
  }
  const walker = new Walker(toml)
  let table: string[] = []
  while (walker.skipBlank()) {
    const line = walker.line
    if (walker.take('[')) {
      const many = walker.take('[')
      table = walker.keys()
      walker.take(']')
      if (many) walker.take(']')
      note(table, line)
    } else {
      const path = [...table, ...walker.keys()]
      note(path, line)
      walker.take('=')
      walker.value(path, note)
    }
    walker.skipLine()
  }
  return lines
}

/** The line of the key, or of the nearest table that has it; null when neither is there. */
export function lineOf(lines: ReadonlyMap<string, number>, key: string): number | null {
  for (let path = key; path !== ''; path = path.slice(0, Math.max(0, path.lastIndexOf('.')))) {
    const line = lines.get(path)
    if (line !== undefined) return line
  }
  return null
}

class Walker {
  line = 1
  #at = 0
  readonly #toml: string

  constructor(toml: string) {
    this.#toml = toml
  }

  #step(): void {
    if (this.#toml[this.#at] === '\n') this.line++
    this.#at++
  }

  #spaces(): void {
    while (this.#toml[this.#at] === ' ' || this.#toml[this.#at] === '\t') this.#at++
  }

  /** Goes on to the next thing that is not white space or a comment; false at the end. */
  skipBlank(): boolean {
    while (this.#at < this.#toml.length) {
      const char = this.#toml[this.#at]!
      if (char === '#') this.skipLine()
      else if (/\s/.test(char)) this.#step()
      else return true
    }
    return false
  }

  skipLine(): void {
    while (this.#at < this.#toml.length && this.#toml[this.#at] !== '\n') this.#at++
  }

  take(char: string): boolean {
    this.#spaces()
    if (this.#toml[this.#at] !== char) return false
    this.#step()
    return true
  }

  /** A dotted key: bare, 'literal' and "basic" parts. */
  keys(): string[] {
    const parts: string[] = []
    do {
      this.#spaces()
      const char = this.#toml[this.#at]
      if (char === '"' || char === "'") parts.push(this.#string())
      else {
        const from = this.#at
        while (/[A-Za-z0-9_-]/.test(this.#toml[this.#at] ?? '')) this.#at++
        parts.push(this.#toml.slice(from, this.#at))
      }
    } while (this.take('.'))
    return parts
  }

  /** Past a value; the keys of inline tables are noted. */
  value(path: readonly string[], note: (path: readonly string[], line: number) => void): void {
    this.#spaces()
    const char = this.#toml[this.#at]
    if (char === '"' || char === "'") this.#string()
    else if (char === '[' || char === '{') this.#bracket(char, path, note)
    else while (this.#at < this.#toml.length && !/[,\]}#\r\n]/.test(this.#toml[this.#at]!)) this.#at++
  }

  #bracket(open: '[' | '{', path: readonly string[], note: (path: readonly string[], line: number) => void): void {
    const close = open === '[' ? ']' : '}'
    this.#step()
    while (this.skipBlank()) {
      const before = this.#at
      const char = this.#toml[this.#at]
      if (char === close) {
        this.#step()
        return
      }
      if (char === ',') this.#step()
      else if (open === '[') this.value(path, () => {})
      else {
        const inner = [...path, ...this.keys()]
        note(inner, this.line)
        this.take('=')
        this.value(inner, note)
      }
      if (this.#at === before) this.#step()
    }
  }

  /** Past a string of any of the four sorts; its text without escapes undone, which is enough for keys. */
  #string(): string {
    const quote = this.#toml[this.#at]!
    const fence = this.#toml.startsWith(quote.repeat(3), this.#at) ? quote.repeat(3) : quote
    const from = this.#at + fence.length
    this.#at = from
    while (this.#at < this.#toml.length && !this.#toml.startsWith(fence, this.#at)) {
      if (quote === '"' && this.#toml[this.#at] === '\\') this.#step()
      this.#step()
    }
    const text = this.#toml.slice(from, this.#at)
    this.#at += fence.length
    while (fence.length === 3 && this.#toml[this.#at] === quote) this.#at++
    return text
  }
}
