/**
 * Whether what the server says is of the grammar: strict where clients' parsers are, so that each reply of every transcript is looked
 * at and not only those it names. RFC 9051 §9 with the extensions that are advertised.
 *
 *   const grammar = new ReplyGrammar()
 *   grammar.check(reply)      throws, saying what was expected where; remembers from ENABLED whether strings may be UTF-8
 */
import type { Reply } from './imap-replies.ts'
import { Cursor, FLAG } from './reply-cursor.ts'
import { messageData } from './reply-messages.ts'

const ATOM = /[^\x00-\x20\x7f-\xff(){%*"\\\]]+/y
const TAG = /[^\x00-\x20\x7f-\xff(){%*"\\+]+/y
const NZ_NUMBER = /[1-9]\d*/y
const UID_SET = /[1-9]\d*(?::[1-9]\d*)?(?:,[1-9]\d*(?::[1-9]\d*)?)*/y
/** What follows a code, or stands alone: no control characters, and never nothing. */
const TEXT = /[\x20-\x7e]+/y
/** A code with its arguments; what they are is looked at where it matters to parsers. */
const CODE =
  /\[(?:[A-Z][A-Z0-9-]*)(?: (?:"(?:[^"\\\x00-\x1f\x7f-\xff]|\\["\\])*"|[^"\]\x00-\x1f\x7f-\xff])+)?\](?= [\x20-\x7e])/y
const ESEARCH_ITEM =
  /(?:MIN|MAX|COUNT|MODSEQ) (?:0|[1-9]\d*)|ALL [1-9][\d:,]*|PARTIAL \(-?[1-9]\d*:-?[1-9]\d* (?:NIL|[1-9][\d:,]*)\)/y
const STATUS_ITEM =
  /(?:MESSAGES|RECENT|UIDNEXT|UIDVALIDITY|UNSEEN|DELETED|SIZE|HIGHESTMODSEQ|APPENDLIMIT|DELETED-STORAGE) \d+|MAILBOXID \([A-Za-z0-9_-]{1,255}\)/y

export class ReplyGrammar {
  #utf8 = false

  check(reply: Reply): void {
    const at = new Cursor(reply, this.#utf8)
    if (at.take('+ ')) at.rest(/[\x20-\x7e]*/y)
    else if (at.take('* ')) this.#untagged(at, reply.text)
    else {
      at.need(TAG, 'a tag')
      at.space()
      at.need(/OK|NO|BAD/y, 'a status')
      responseText(at)
    }
    at.end()
  }

  #untagged(at: Cursor, text: string): void {
    const number = at.match(NZ_NUMBER) ?? at.match(/0(?= (?:EXISTS|RECENT)$)/y)
    if (number !== null) {
      at.space()
      if (at.match(/EXISTS|RECENT|EXPUNGE/y) !== null) return
      at.need(/(?:UID)?FETCH /y, 'FETCH')
      messageData(at)
      return
    }
    const name = at.need(ATOM, 'a reply')
    if (name === 'ENABLED' && /UTF8=ACCEPT|IMAP4rev2/.test(text)) this.#utf8 = true
    const read = replies[name] ?? at.fail(`${name} is no reply`)
    read(at)
  }
}

const replies: Readonly<Record<string, (at: Cursor) => void>> = {
  OK: responseText,
  NO: responseText,
  BAD: responseText,
  BYE: responseText,
  CAPABILITY: at => at.each(() => at.need(ATOM, 'a capability')),
  ENABLED: at => at.each(() => at.need(ATOM, 'a capability')),
  FLAGS(at) {
    at.space()
    at.list(() => at.need(FLAG, 'a flag'))
  },
  SEARCH: numbers,
  SORT: numbers,
  THREAD(at) {
    if (at.take(' ')) while (!at.done) thread(at)
  },
  ESEARCH(at) {
    correlator(at)
    at.take(' UID')
    at.each(() => at.need(ESEARCH_ITEM, 'a result'))
  },
  LIST: listed,
  LSUB: listed,
  XLIST: listed,
  STATUS(at) {
    at.space()
    at.mailbox()
    at.space()
    at.list(() => at.need(STATUS_ITEM, 'a status item'))
  },
  NAMESPACE: at => at.rest(/ \(\("" "\/"\)\) NIL NIL/y),
  ID(at) {
    at.space()
    at.list(() => at.nstring())
  },
  QUOTA(at) {
    at.space()
    at.astring()
    at.space()
    at.list(() => at.need(/(?:STORAGE|MESSAGE) \d+ \d+/y, 'a resource'))
  },
  QUOTAROOT(at) {
    at.space()
    at.mailbox()
    at.each(() => at.astring())
  },
  VANISHED(at) {
    at.space()
    at.take('(EARLIER) ')
    at.need(UID_SET, 'UIDs')
  },
  UIDBATCHES(at) {
    correlator(at)
    if (at.take(' ')) at.need(/[1-9]\d*:[1-9]\d*(?:,[1-9]\d*:[1-9]\d*)*/y, 'ranges')
  },
}

function responseText(at: Cursor): void {
  at.space()
  if (at.peek === '[') {
    at.need(CODE, 'a response code with text behind it')
    at.space()
  }
  at.need(TEXT, 'text')
}

function numbers(at: Cursor): void {
  while (at.match(/ [1-9]\d*/y) !== null);
  at.match(/ \(MODSEQ [1-9]\d*\)/y)
}

function correlator(at: Cursor): void {
  at.expect(' (TAG ')
  at.string()
  at.expect(')')
}

function listed(at: Cursor): void {
  at.space()
  at.list(() => at.need(FLAG, 'an attribute'))
  at.expect(' "/" ')
  at.mailbox()
  if (!at.take(' ')) return
  at.list(() => {
    if (at.take('"OLDNAME" (')) at.mailbox()
    else at.need(/"CHILDINFO" \("(?:SUBSCRIBED|SPECIAL-USE)"/y, 'an extended item')
    at.expect(')')
  })
}

function thread(at: Cursor): void {
  at.expect('(')
  let members = 0
  while (at.match(NZ_NUMBER) !== null) {
    members++
    if (!at.take(' ')) break
  }
  let nested = 0
  for (; at.peek === '('; nested++) thread(at)
  if (members === 0 && nested < 2) at.fail('a thread of nothing')
  if (nested === 1) at.fail('one nested thread, which should have been a member')
  at.expect(')')
}
