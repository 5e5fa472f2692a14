/** The grammar of FETCH answers: items, ENVELOPE, BODYSTRUCTURE. RFC 9051 §9 msg-att */
import { type Cursor, FLAG } from './reply-cursor.ts'

const NUMBER = /(?:0|[1-9]\d*)(?![0-9])/y
const OBJECT_ID = /[A-Za-z0-9_-]{1,255}/y
const DATE_TIME = /"[ 0-3]\d-(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)-\d{4} \d\d:\d\d:\d\d [+-]\d{4}"/y
const SECTION =
  /\[(?:[1-9]\d*(?:\.[1-9]\d*)*)?(?:\.?(?:HEADER|TEXT|MIME|HEADER\.FIELDS(?:\.NOT)? \([^()\r\n]+\)))?\](?:<\d+>)?/y
const PART = /\[(?:[1-9]\d*(?:\.[1-9]\d*)*)?\]/y
const ORIGIN = /<\d+>/y

export function messageData(at: Cursor): void {
  let items = 0
  at.list(() => {
    items++
    const name = at.need(/[A-Z0-9.]+/y, 'an item')
    const section = name === 'BODY' && at.peek === '[' ? 'SECTION' : name
    const read = messageItems[section] ?? at.fail(`${name} is no item`)
    read(at)
  })
  if (items === 0) at.fail('no items')
}

const nstringItem = (at: Cursor): void => {
  at.space()
  at.nstring()
}

const messageItems: Readonly<Record<string, (at: Cursor) => void>> = {
  UID: at => at.rest(/ [1-9]\d*/y),
  'RFC822.SIZE': at => at.rest(/ \d+/y),
  MODSEQ: at => at.rest(/ \([1-9]\d*\)/y),
  FLAGS(at) {
    at.space()
    at.list(() => at.need(FLAG, 'a flag'))
  },
  INTERNALDATE(at) {
    at.space()
    at.need(DATE_TIME, 'a date')
  },
  SAVEDATE(at) {
    at.space()
    if (!at.take('NIL')) at.need(DATE_TIME, 'a date')
  },
  EMAILID: objectId,
  THREADID: objectId,
  PREVIEW: nstringItem,
  RFC822: nstringItem,
  'RFC822.HEADER': nstringItem,
  'RFC822.TEXT': nstringItem,
  SECTION(at) {
    at.need(SECTION, 'a section')
    nstringItem(at)
  },
  BINARY(at) {
    at.need(PART, 'a part')
    at.match(ORIGIN)
    at.space()
    if (!at.literal(true)) at.nstring()
  },
  'BINARY.SIZE'(at) {
    at.need(PART, 'a part')
    at.rest(/ \d+/y)
  },
  ENVELOPE(at) {
    at.space()
    envelope(at)
  },
  BODY(at) {
    at.space()
    body(at, false)
  },
  BODYSTRUCTURE(at) {
    at.space()
    body(at, true)
  },
}

function objectId(at: Cursor): void {
  at.expect(' (')
  at.need(OBJECT_ID, 'an id')
  at.expect(')')
}

function envelope(at: Cursor): void {
  at.expect('(')
  for (let i = 0; i < 10; i++) {
    if (i > 0) at.space()
    if (i >= 2 && i <= 7) addresses(at)
    else at.nstring()
  }
  at.expect(')')
}

function addresses(at: Cursor): void {
  if (at.take('NIL')) return
  at.expect('(')
  do {
    at.expect('(')
    for (let i = 0; i < 4; i++) {
      if (i > 0) at.space()
      at.nstring()
    }
    at.expect(')')
  } while (at.peek === '(')
  at.expect(')')
}

function body(at: Cursor, extended: boolean): void {
  at.expect('(')
  if (at.peek === '(') {
    do body(at, extended)
    while (at.peek === '(')
    at.space()
    at.string()
    if (extended) {
      at.space()
      parameters(at)
      placement(at)
    }
  } else single(at, extended)
  at.expect(')')
}

function single(at: Cursor, extended: boolean): void {
  const type = at.string().toUpperCase()
  at.space()
  const subtype = at.string().toUpperCase()
  at.space()
  parameters(at)
  at.space()
  at.nstring()
  at.space()
  at.nstring()
  at.space()
  at.string()
  at.space()
  at.need(NUMBER, 'octets')
  if (type === 'MESSAGE' && (subtype === 'RFC822' || subtype === 'GLOBAL')) {
    at.space()
    envelope(at)
    at.space()
    body(at, extended)
  }
  if (type === 'TEXT' || (type === 'MESSAGE' && (subtype === 'RFC822' || subtype === 'GLOBAL'))) {
    at.space()
    at.need(NUMBER, 'lines')
  }
  if (!extended) return
  at.space()
  at.nstring()
  placement(at)
}

/** Disposition, languages, location. */
function placement(at: Cursor): void {
  at.space()
  if (!at.take('NIL')) {
    at.expect('(')
    at.string()
    at.space()
    parameters(at)
    at.expect(')')
  }
  at.space()
  if (at.peek === '(') at.list(() => at.string())
  else at.nstring()
  at.space()
  at.nstring()
}

function parameters(at: Cursor): void {
  if (at.take('NIL')) return
  let strings = 0
  at.list(() => {
    strings++
    at.string()
  })
  if (strings === 0 || strings % 2 === 1) at.fail('parameters come in pairs')
}
