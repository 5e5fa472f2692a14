/** What a setting's value may look like: how it is read from TOML or from the text of a flag or variable, and how it is written. */
import { isIP } from 'node:net'
import { isAbsolute, resolve } from 'node:path'
import { durationMs, durationText, sizeOctets, sizeText } from './units.ts'

/** The value is not of its kind. The message completes "<key> …" and says what the right form is. */
export class KindFault extends Error {
  override readonly name = 'KindFault'
}

/** `text`: from a flag or variable, where everything is a string. Relative paths of a file are meant from `base`, the file's folder. */
export type Source = { readonly text: boolean; readonly base: string | null }

export type Kind<Value> = {
  /** In words, with an article: "a duration". */
  readonly name: string
  /** How a right value is written in TOML. */
  readonly example: string
  /** @throws {KindFault} */
  read(raw: unknown, source: Source): Value
  /** As TOML. */
  write(value: Value): string
}

/** Where a listener waits: an address and port, or the path of a unix socket. */
export type Endpoint =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string }

const quote = (text: string) => JSON.stringify(text)
const shown = (raw: unknown) => {
  const text = raw instanceof Date ? raw.toISOString() : (JSON.stringify(raw) ?? String(raw))
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}

function wants(kind: { name: string; example: string }, raw: unknown, detail?: string): KindFault {
  return new KindFault(`must be ${kind.name}${detail ?? ''}, like ${kind.example}; it is ${shown(raw)}`)
}

export const text = (options: { name: string; example: string; form: RegExp }): Kind<string> => ({
  name: options.name,
  example: quote(options.example),
  read(raw) {
    if (typeof raw !== 'string' || !options.form.test(raw)) throw wants(this, raw)
    return raw
  },
  write: quote,
})

export const path = (example: string): Kind<string> => ({
  name: 'a path',
  example: quote(example),
  read(raw, source) {
    if (typeof raw !== 'string' || raw === '' || raw.includes('\0')) throw wants(this, raw)
    return source.base === null || isAbsolute(raw) ? raw : resolve(source.base, raw)
  },
  write: quote,
})

/** A path, or one of the words, which stay as they are. */
export const pathOr = (words: readonly string[], example: string): Kind<string> => ({
  name: `a path, or ${words.join(' or ')}`,
  example: quote(example),
  read(raw, source) {
    return words.find(word => word === raw) ?? path(example).read(raw, source)
  },
  write: quote,
})

export const yes: Kind<boolean> = {
  name: 'true or false',
  example: 'true',
  read(raw, source) {
    if (typeof raw === 'boolean') return raw
    if (source.text && typeof raw === 'string') {
      if (/^(true|yes|on|1)$/i.test(raw)) return true
      if (/^(false|no|off|0)$/i.test(raw)) return false
    }
    throw wants(this, raw)
  },
  write: String,
}

type Range = { readonly min?: number; readonly max?: number; readonly example: string }

function inRange(value: number, range: Range, write: (value: number) => string, raw: unknown, kind: Kind<number>) {
  const { min = 0, max = Number.MAX_SAFE_INTEGER } = range
  if (value >= min && value <= max) return value
  const detail = max === Number.MAX_SAFE_INTEGER ? ` of ${write(min)} or more` : ` from ${write(min)} to ${write(max)}`
  throw wants(kind, raw, detail)
}

export const count = (range: Range): Kind<number> => ({
  name: 'a whole number',
  example: range.example,
  read(raw, source) {
    const value = source.text && typeof raw === 'string' && /^\s*\d{1,15}\s*$/.test(raw) ? Number(raw) : raw
    if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw wants(this, raw)
    return inRange(value, range, String, raw, this)
  },
  write: String,
})

const measured = (name: string, read: (text: string) => number | null, write: (value: number) => string) => {
  return (range: Range): Kind<number> => ({
    name,
    example: quote(range.example),
    read(raw) {
      const value = typeof raw === 'string' ? read(raw) : null
      if (value === null) throw wants(this, raw)
      return inRange(value, range, each => quote(write(each)), raw, this)
    },
    write: value => quote(write(value)),
  })
}

/** Milliseconds. */
export const duration = measured('a duration (ms, s, min, h or d)', durationMs, durationText)
/** Octets. */
export const size = measured('a size (B, KiB, MiB, GiB or TiB)', sizeOctets, sizeText)

export const choice = <const Word extends string>(words: readonly Word[], example: Word): Kind<Word> => ({
  name: `one of ${words.join(', ')}`,
  example: quote(example),
  read(raw) {
    const found = words.find(word => typeof raw === 'string' && word.toLowerCase() === raw.toLowerCase())
    if (found === undefined) throw wants(this, raw)
    return found
  },
  write: quote,
})

/** A value of the kind, or a word that stands for its absence and becomes null. */
export const orWord = <Value>(kind: Kind<Value>, word: string): Kind<Value | null> => ({
  name: `${kind.name} or "${word}"`,
  example: kind.example,
  read(raw, source) {
    if (raw === word) return null
    try {
      return kind.read(raw, source)
    } catch (error) {
      if (error instanceof KindFault) throw new KindFault(error.message.replace('; it is', `, or "${word}"; it is`))
      throw error
    }
  },
  write: value => (value === null ? quote(word) : kind.write(value)),
})

/** Several; one alone may be written without brackets, and text is split at commas. "off" in text is none. */
export const list = <Value>(kind: Kind<Value>, example = `[${kind.example}]`): Kind<readonly Value[]> => ({
  name: `a list, each ${kind.name}`,
  example,
  read(raw, source) {
    if (source.text && raw === 'off') return []
    const split = source.text && typeof raw === 'string' ? raw.split(',').map(each => each.trim()) : raw
    return (Array.isArray(split) ? split : [split]).map(each => kind.read(each, source))
  },
  write: values => `[${values.map(value => kind.write(value)).join(', ')}]`,
})

type TcpEndpoint = Extract<Endpoint, { kind: 'tcp' }>

/** `HOST:PORT`, `[IPV6]:PORT`, or `:PORT` for every address: for listeners whose clients are on other machines. */
export const tcpEndpoint: Kind<TcpEndpoint> = {
  name: 'HOST:PORT',
  example: '"127.0.0.1:1143"',
  read(raw) {
    const found = typeof raw === 'string' ? readTcp(raw) : null
    if (found === null) throw wants(this, raw)
    return found
  },
  write: value => quote(endpointText(value)),
}

/** The same, or `unix:PATH`. */
export const endpoint: Kind<Endpoint> = {
  name: 'HOST:PORT or unix:PATH',
  example: '"unix:/run/rookery/lmtp"',
  read(raw, source) {
    const isPath = typeof raw === 'string' && raw.startsWith('unix:') && raw.length > 5
    const found = isPath ? readUnix(raw, source) : typeof raw === 'string' ? readTcp(raw) : null
    if (found === null) throw wants(this, raw)
    return found
  },
  write: value => quote(endpointText(value)),
}

function readTcp(raw: string): TcpEndpoint | null {
  const match = /^(?:\[([^\]]+)\]|([^:[\]\s/]*)):(\d{1,5})$/.exec(raw)
  if (match === null || Number(match[3]) > 65_535) return null
  const [, bracketed, host = '', port] = match
  if (bracketed !== undefined && isIP(bracketed) !== 6) return null
  return { kind: 'tcp', host: bracketed ?? (host === '' || host === '*' ? '::' : host), port: Number(port) }
}

const readUnix = (raw: string, source: Source): Endpoint => ({
  kind: 'unix',
  path: path('/run/rookery/lmtp').read(raw.slice(5), source),
})

export function endpointText(value: Endpoint): string {
  if (value.kind === 'unix') return `unix:${value.path}`
  return value.host.includes(':') ? `[${value.host}]:${value.port}` : `${value.host}:${value.port}`
}

/** A network `10.0.0.0/8`, an address, or `loopback`; kept as written, `contains` of networks.ts asks them. */
export const network: Kind<string> = {
  name: 'a network (10.0.0.0/8), an address or "loopback"',
  example: '"10.0.0.0/8"',
  read(raw) {
    if (typeof raw !== 'string') throw wants(this, raw)
    if (raw === 'loopback') return raw
    const [address = '', bits, more] = raw.split('/')
    const family = isIP(address)
    if (family === 0 || more !== undefined) throw wants(this, raw)
    if (bits !== undefined && (!/^\d{1,3}$/.test(bits) || Number(bits) > (family === 4 ? 32 : 128)))
      throw wants(this, raw)
    return raw
  },
  write: quote,
}

/** A table of words to texts: `{ sent = "Sent" }`; as text `sent=Sent,trash=Trash`. Words not in `words` are refused. */
export const table = <const Word extends string>(
  words: readonly Word[],
  example: string,
): Kind<Readonly<Partial<Record<Word, string>>>> => ({
  name: `a table of ${words.join(', ')}`,
  example,
  read(raw, source) {
    const pairs =
      source.text && typeof raw === 'string'
        ? raw.split(',').map(pair => pair.split('=', 2).map(side => side.trim()))
        : raw !== null && typeof raw === 'object' && !Array.isArray(raw)
          ? Object.entries(raw)
          : null
    if (pairs === null) throw wants(this, raw)
    const found: Partial<Record<Word, string>> = {}
    for (const [key, value] of pairs) {
      const word = words.find(each => each === key)
      if (word === undefined || typeof value !== 'string' || value === '') throw wants(this, raw)
      found[word] = value
    }
    return found
  },
  write: value =>
    `{ ${words.flatMap(word => (value[word] === undefined ? [] : [`${word} = ${quote(value[word])}`])).join(', ')} }`,
})
