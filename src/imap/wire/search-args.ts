import type { Octets } from '#base/bytes.ts'
import { Refusal } from '#base/errors.ts'
import { limits } from '#base/limits.ts'
import { Flag } from '#ports/metadata.ts'
import { type DecodeText, textDecoder } from './charset.ts'
import { partialRange } from './partial-range.ts'
import type { Args } from './reader.ts'
import type { SearchArgs, SearchKey, SearchReturn } from './syntax.ts'

/**
 * Arguments of SEARCH and UID SEARCH. RFC 9051 §6.4.4, RFC 4731, RFC 5032, RFC 5182, RFC 7162 §3.1.5, RFC 8474, RFC 8514, RFC 9394,
 * RFC 9738
 *
 *   parseSearchArgs(args)                { returns, charset, program }; @throws CharsetRefusal
 *   searchReturn(args)                   RETURN (...) after a space, with that space; null when it is not there
 *   searchProgram(args, decode)          keys up to the end of the command, joined by AND
 */
export function parseSearchArgs(args: Args): SearchArgs {
  args.space()
  const returns = searchReturn(args)
  let charset: Octets | null = null
  if (args.takeWord('CHARSET')) {
    args.space()
    charset = args.astring()
    args.space()
  }
  return { returns, charset, program: searchProgram(args, decoderFor(charset, returns)) }
}

/** A charset that is not known; `save` when the result was to be saved, since NO then empties `$`. RFC 5182 §2.1 */
export class CharsetRefusal extends Refusal {
  readonly save: boolean

  constructor(save: boolean) {
    super('bad-charset', 'charset not known')
    this.save = save
  }
}

/** @throws CharsetRefusal */
export function decoderFor(charset: Octets | null, returns: SearchReturn | null): DecodeText {
  const decode = textDecoder(charset)
  if (decode === null) throw new CharsetRefusal(returns?.save ?? false)
  return decode
}

export function searchReturn(args: Args): SearchReturn | null {
  if (!args.takeWord('RETURN')) return null
  args.skipSpaces()
  const returns = {
    min: false,
    max: false,
    all: false,
    count: false,
    save: false,
    partial: null as SearchReturn['partial'],
  }
  const options = args.list(() => {
    const option = args.word()
    switch (option) {
      case 'MIN':
      case 'MAX':
      case 'ALL':
      case 'COUNT':
      case 'SAVE':
        returns[option.toLowerCase() as 'min'] = true
        break
      case 'PARTIAL':
        args.space()
        if (returns.partial !== null) args.fault('one PARTIAL at a time')
        returns.partial = partialRange(args)
        break
      default:
        args.fault('unknown RETURN option')
    }
  })
  args.space()
  if (options.length === 0) returns.all = true
  // RFC 9394 §3.1
  if (returns.all && returns.partial !== null) args.fault('PARTIAL and ALL exclude each other')
  return returns
}

export function searchProgram(args: Args, decode: DecodeText): SearchKey {
  const program = new Program(args, decode)
  const keys = [program.key()]
  while (args.skipSpaces() && !args.atEnd()) keys.push(program.key())
  args.end()
  return all(keys)
}

const all = (keys: readonly SearchKey[]): SearchKey => (keys.length === 1 ? keys[0]! : { key: 'AND', of: keys })

const flagKeys: Readonly<Record<string, number>> = {
  ANSWERED: Flag.answered,
  DELETED: Flag.deleted,
  DRAFT: Flag.draft,
  FLAGGED: Flag.flagged,
  SEEN: Flag.seen,
}

const headerKeys: Readonly<Record<string, string>> = {
  BCC: 'Bcc',
  CC: 'Cc',
  FROM: 'From',
  SUBJECT: 'Subject',
  TO: 'To',
}

class Program {
  readonly #args: Args
  readonly #decode: DecodeText
  #keys = 0

  constructor(args: Args, decode: DecodeText) {
    this.#args = args
    this.#decode = decode
  }

  key(): SearchKey {
    const args = this.#args
    // Counts every level of NOT and OR too, and so bounds the recursion.
    if (++this.#keys > limits.searchKeys) args.fault('too many search keys')
    const next = args.peek()
    if (next === '(') {
      const keys = args.list(() => this.key())
      return keys.length > 0 ? all(keys) : args.fault('search key expected')
    }
    if (/^[\d*$]$/.test(next)) return { key: 'SEQ', set: args.sequenceSet() }
    const name = args.word()
    return this.#flagKey(name) ?? this.#keyOf(name)
  }

  #flagKey(name: string): SearchKey | null {
    const flag = flagKeys[name]
    if (flag !== undefined) return { key: 'FLAG', flag, set: true }
    const unset = name.startsWith('UN') ? flagKeys[name.slice(2)] : undefined
    return unset === undefined ? null : { key: 'FLAG', flag: unset, set: false }
  }

  #keyOf(name: string): SearchKey {
    const args = this.#args
    switch (name) {
      case 'ALL':
      case 'SAVEDATESUPPORTED':
        return { key: name }
      case 'RECENT':
        return { key: 'RECENT', set: true }
      case 'OLD':
        return { key: 'RECENT', set: false }
      case 'NEW':
        return all([
          { key: 'RECENT', set: true },
          { key: 'FLAG', flag: Flag.seen, set: false },
        ])
    }
    args.space()
    switch (name) {
      case 'NOT':
        return { key: name, of: this.key() }
      case 'OR': {
        const first = this.key()
        args.space()
        return { key: name, of: [first, this.key()] }
      }
      case 'KEYWORD':
      case 'UNKEYWORD':
        return { key: 'KEYWORD', keyword: args.atom(), set: name === 'KEYWORD' }
      case 'UID':
        return { key: name, set: args.sequenceSet() }
      case 'LARGER':
      case 'SMALLER':
        return { key: name, octets: args.number64() }
      case 'OLDER':
      case 'YOUNGER':
        return { key: name, seconds: args.nzNumber() }
      case 'BEFORE':
      case 'ON':
      case 'SINCE':
      case 'SENTBEFORE':
      case 'SENTON':
      case 'SENTSINCE':
      case 'SAVEDBEFORE':
      case 'SAVEDON':
      case 'SAVEDSINCE':
        return { key: name, day: args.date() }
      case 'BODY':
      case 'TEXT':
        return { key: name, text: this.#text() }
      case 'BCC':
      case 'CC':
      case 'FROM':
      case 'SUBJECT':
      case 'TO':
        return { key: 'HEADER', field: headerKeys[name]!, text: this.#text() }
      case 'HEADER': {
        const field = this.#text()
        args.space()
        return { key: name, field, text: this.#text() }
      }
      case 'MODSEQ':
        return { key: name, modseq: this.#modseq() }
      case 'EMAILID':
      case 'THREADID':
        return { key: name, id: args.astring() }
      case 'UIDAFTER':
      case 'UIDBEFORE':
        return { key: name, uid: args.number() }
      default:
        return args.fault('unknown search key')
    }
  }

  #text(): string {
    return this.#decode(this.#args.astring())
  }

  /** Modseqs are kept per message, so the flag a client may name makes no difference. RFC 7162 §3.1.5 */
  #modseq(): number {
    const args = this.#args
    if (args.peek() === '"') {
      if (!args.quoted().toLowerCase().startsWith('/flags/')) args.fault('unknown MODSEQ entry')
      args.space()
      if (!['PRIV', 'SHARED', 'ALL'].includes(args.word())) args.fault('unknown MODSEQ entry type')
      args.space()
    }
    return args.modseq()
  }
}
