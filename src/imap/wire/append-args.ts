import type { Octets } from '#base/bytes.ts'
import type { DateTime } from './dates.ts'
import type { Args } from './reader.ts'
import type { FlagList } from './syntax.ts'

/**
 * Arguments of APPEND and REPLACE, read piece by piece around literals that stream. RFC 9051 §6.3.12, RFC 3502 (MULTIAPPEND),
 * RFC 4469 (CATENATE), RFC 8508 (REPLACE); the UTF8 (~{n}) form of RFC 6855 is understood though RFC 9755 dropped it.
 *
 *   parseAppendStart(args, announced)          after the word APPEND
 *   parseReplaceStart(args, announced)         after the word REPLACE; also answers which message is replaced
 *   parseAppendNext(args, state, announced)    the frame that follows a streamed literal, from its placeholder on
 *
 * `announced`: the frame is the `soFar` of a 'literal' event, not a whole command. The answer says what to do with that literal:
 *
 *   next 'stream'   it is the message, or a part of it: decide('stream'); the following frame goes to parseAppendNext with `state`
 *   next 'buffer'   it is a name or URL: decide('buffer') and parse the following frame in place of this one, steps included
 *   next 'end'      no literal: the command is complete
 *
 * `steps` tell in order what is to be done; take them over only when `next` is not 'buffer'. For each message: 'message', then for
 * CATENATE any 'url' and 'text', then 'done'. Where a literal streams its octets belong after the last step ('message' or 'text').
 *
 *   a APPEND x (\Seen) {5}            message, next 'stream'
 *   a APPEND x CATENATE (URL "u" TEXT {5}    message, url u, text, next 'stream';   then `)`: done, next 'end'
 */
export type AppendStep =
  | {
      readonly step: 'message'
      readonly flags: FlagList
      /** null: now. */
      readonly date: DateTime | null
      /** Its octets are made of the 'url' and 'text' steps. */
      readonly catenate: boolean
    }
  | { readonly step: 'url'; readonly url: Octets }
  | { readonly step: 'text' }
  | { readonly step: 'done' }

export type AppendState = {
  /** What must close behind the literal. */
  readonly within: 'message' | 'utf8' | 'catenate' | 'catenate-utf8'
  /** REPLACE takes one message only. */
  readonly single: boolean
}

export type AppendProgress = {
  readonly steps: readonly AppendStep[]
} & ({ readonly next: 'stream'; readonly state: AppendState } | { readonly next: 'buffer' } | { readonly next: 'end' })

/** `mailbox` is null as long as its name is a literal that was only announced. */
export type AppendStart = AppendProgress & { readonly mailbox: string | null }
export type ReplaceStart = AppendStart & { readonly replaced: number }

export function parseAppendStart(args: Args, announced: boolean): AppendStart {
  return start(args, announced, false)
}

/** `replaced`: a sequence number or UID; '*' is Infinity. RFC 8508 §3 */
export function parseReplaceStart(args: Args, announced: boolean): ReplaceStart {
  args.space()
  const replaced = args.take('*') ? Number.POSITIVE_INFINITY : args.nzNumber()
  return { ...start(args, announced, true), replaced }
}

export function parseAppendNext(args: Args, state: AppendState, announced: boolean): AppendProgress {
  if (!args.streamed()) args.fault('message expected')
  return new Reader(args, announced, state.single).after(state.within)
}

function start(args: Args, announced: boolean, single: boolean): AppendStart {
  args.space()
  if (announced && args.atEnd()) return { mailbox: null, steps: [], next: 'buffer' }
  const mailbox = args.mailboxName()
  args.space()
  return { mailbox, ...new Reader(args, announced, single).message() }
}

class Reader {
  readonly #args: Args
  readonly #announced: boolean
  readonly #single: boolean
  readonly #steps: AppendStep[] = []

  constructor(args: Args, announced: boolean, single: boolean) {
    this.#args = args
    this.#announced = announced
    this.#single = single
  }

  /** [flag-list SP] [date-time SP] and what the message is made of. */
  message(): AppendProgress {
    const args = this.#args
    let flags: FlagList = { flags: 0, keywords: [] }
    if (args.peek() === '(') {
      flags = args.flagList()
      args.space()
    }
    let date: DateTime | null = null
    if (args.peek() === '"') {
      date = args.dateTime()
      args.space()
    }
    const catenate = args.takeWord('CATENATE')
    this.#steps.push({ step: 'message', flags, date, catenate })
    if (!catenate) return this.#data('message', 'utf8')
    args.skipSpaces()
    args.expect('(')
    args.skipSpaces()
    return this.#parts()
  }

  /** Goes on behind a literal. */
  after(within: AppendState['within']): AppendProgress {
    const args = this.#args
    if (within === 'utf8' || within === 'catenate-utf8') {
      args.skipSpaces()
      args.expect(')')
    }
    if (within === 'message' || within === 'utf8') return this.#done()
    if (!this.#closed()) return this.#parts()
    return this.#done()
  }

  /** cat-part *(SP cat-part) ")" */
  #parts(): AppendProgress {
    const args = this.#args
    for (;;) {
      if (args.takeWord('URL')) {
        args.space()
        if (this.#announced && args.atEnd()) return { steps: this.#steps, next: 'buffer' }
        this.#steps.push({ step: 'url', url: args.astring() })
        if (this.#closed()) return this.#done()
      } else {
        if (args.takeWord('TEXT')) args.space()
        else if (args.peek().toUpperCase() !== 'U') args.fault('TEXT or URL expected')
        this.#steps.push({ step: 'text' })
        return this.#data('catenate', 'catenate-utf8')
      }
    }
  }

  /** True at the list's end; else the space before the next part is taken. */
  #closed(): boolean {
    const spaces = this.#args.skipSpaces()
    if (this.#args.take(')')) return true
    if (!spaces) this.#args.fault("space or ')' expected")
    return false
  }

  /** The literal, or UTF8 (literal8). */
  #data(plain: AppendState['within'], utf8: AppendState['within']): AppendProgress {
    const args = this.#args
    const inUtf8 = args.takeWord('UTF8')
    if (inUtf8) {
      args.skipSpaces()
      args.expect('(')
      args.skipSpaces()
    }
    if (!this.#announced || !args.atEnd()) args.fault('literal expected')
    return { steps: this.#steps, next: 'stream', state: { within: inUtf8 ? utf8 : plain, single: this.#single } }
  }

  #done(): AppendProgress {
    const args = this.#args
    this.#steps.push({ step: 'done' })
    const spaces = args.skipSpaces()
    if (args.atEnd() && !this.#announced) return { steps: this.#steps, next: 'end' }
    if (this.#single || !spaces) args.fault('too many arguments')
    return this.message()
  }
}
