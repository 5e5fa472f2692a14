import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { bytesOf } from '#base/bytes.ts'
import { Refusal, SyntaxFault } from '#base/errors.ts'
import { limits } from '#base/limits.ts'
import { Flag } from '#ports/metadata.ts'
import { Args } from './reader.ts'
import { sequenceSet } from './writer.ts'

const STAR = Number.POSITIVE_INFINITY

type Read = (args: Args) => unknown
const atom: Read = args => args.atom()
const astring: Read = args => args.astring()
const quoted: Read = args => args.quoted()
const nstring: Read = args => args.nstring()
const number: Read = args => args.number()
const nzNumber: Read = args => args.nzNumber()
const number64: Read = args => args.number64()
const set: Read = args => args.sequenceSet()
const uids: Read = args => args.uidSet()
const flagList: Read = args => args.flagList()
const mailbox: Read = args => args.mailboxName()
const pattern: Read = args => args.listMailbox()
const list: Read = args => args.list(() => args.atom())
const date: Read = args => args.date()
const dateTime: Read = args => args.dateTime()

const FAULT = Symbol('fault')

const cases: [name: string, read: Read, text: string, value: unknown][] = [
  ['an atom', atom, 'FETCH', 'FETCH'],
  ['an atom stops at a special', atom, 'a(b', FAULT],
  ['an atom has no 8-bit', atom, '\xe4', FAULT],
  ['an atom has no bracket', atom, 'a]', FAULT],
  ['an atom has no control', atom, 'a\x01', FAULT],
  ['an empty atom', atom, '', FAULT],
  ['an astring as atom', astring, 'a]b', 'a]b'],
  ['an astring in raw 8-bit', astring, '\xc3\xa4', '\xc3\xa4'],
  ['an astring in quotes', astring, '"a b"', 'a b'],
  ['an astring with a star', astring, 'a*', FAULT],
  ['an astring with a brace', astring, 'a{3}', FAULT],
  ['quotes', quoted, '"a \\"b\\" \\\\"', 'a "b" \\'],
  ['empty quotes', quoted, '""', ''],
  ['8-bit in quotes', quoted, '"gr\xfc\xdfe"', 'gr\xfc\xdfe'],
  ['open quotes', quoted, '"abc', FAULT],
  ['a backslash at the end', quoted, '"abc\\', FAULT],
  ['another escape', quoted, '"C:\\temp"', FAULT],
  ['NUL in quotes', quoted, '"a\0"', FAULT],
  ['CR in quotes', quoted, '"a\rb"', FAULT],
  ['nil', nstring, 'nil', null],
  ['nil in quotes', nstring, '"NIL"', 'NIL'],
  ['a word that begins like nil', nstring, 'NILS', FAULT],
  ['a number', number, '4294967295', 4294967295],
  ['a number too big', number, '4294967296', FAULT],
  ['a number of leading noughts', number, '0000000000000000000000007', 7],
  ['a number in quotes', number, '"12"', 12],
  ['a number with a sign', number, '-1', FAULT],
  ['a nought', nzNumber, '0', FAULT],
  ['a number of 64 bits', number64, '9223372036854775807', Number.MAX_SAFE_INTEGER],
  ['a number of more', number64, '92233720368547758070', FAULT],
  ['one message', set, '7', [[7, 7]]],
  [
    'a set',
    set,
    '1,3:5,*:4,*',
    [
      [1, 1],
      [3, 5],
      [STAR, 4],
      [STAR, STAR],
    ],
  ],
  ['the greatest range', set, '1:4294967295', [[1, 4294967295]]],
  ['saved', set, '$', 'saved'],
  ['saved and more', set, '$,1', FAULT],
  ['message 0', set, '0', FAULT],
  ['message 0 at the end of a range', set, '1:0', FAULT],
  ['an open range', set, '1:', FAULT],
  ['a comma too many', set, '1,', FAULT],
  ['a message beyond 32 bits', set, '4294967296', FAULT],
  ['no set', set, '', FAULT],
  ['a set in quotes', set, '"1"', FAULT],
  [
    'UIDs',
    uids,
    '4,1:3',
    [
      [4, 4],
      [1, 3],
    ],
  ],
  ['UIDs with star', uids, '1:*', FAULT],
  ['no flags', flagList, '()', { flags: 0, keywords: [] }],
  ['flags', flagList, '(\\SEEN \\deleted $Junk)', { flags: Flag.seen | Flag.deleted, keywords: ['$Junk'] }],
  ['flags with room', flagList, '(  \\Seen   x )', { flags: Flag.seen, keywords: ['x'] }],
  ['flags twice', flagList, '(x \\Seen X \\Seen)', { flags: Flag.seen, keywords: ['x'] }],
  ['recent is left out', flagList, '(\\Recent)', { flags: 0, keywords: [] }],
  ['an unknown system flag', flagList, '(\\Foo)', FAULT],
  ['the flag of all flags', flagList, '(\\*)', FAULT],
  ['flags run together', flagList, '(\\Seen\\Deleted)', FAULT],
  ['flags that do not end', flagList, '(\\Seen', FAULT],
  ['a list', list, '(a b)', ['a', 'b']],
  ['a list with room', list, '( a  b )', ['a', 'b']],
  ['an empty list', list, '()', []],
  ['an open list', list, '(a b', FAULT],
  ['the inbox in any case', mailbox, 'iNbOx', 'INBOX'],
  ['below the inbox', mailbox, 'inbox/a', 'INBOX/a'],
  ['only like the inbox', mailbox, 'inboxes', 'inboxes'],
  ['modified UTF-7', mailbox, '"Entw&APw-rfe"', 'Entwürfe'],
  ['raw UTF-8', mailbox, '"Entw\xc3\xbcrfe"', 'Entwürfe'],
  ['a separator at the end', mailbox, 'a/b/', 'a/b/'],
  ['a number as name', mailbox, '2025', '2025'],
  ['a pattern', pattern, '*', '*'],
  ['a pattern with a name', pattern, 'Entw&APw-rfe/%', 'Entwürfe/%'],
  ['a pattern that is no name', pattern, 'R&D*', 'R&D*'],
  ['a pattern in quotes', pattern, '"a b%"', 'a b%'],
  ['an empty pattern', pattern, '""', ''],
  ['a bare date', date, '1-Jan-1970', 0],
  ['a date in quotes', date, '"2-Jan-1970"', 1],
  ['a wrong date', date, '32-Jan-1970', FAULT],
  ['a date and time', dateTime, '" 1-Jan-1970 00:00:01 +0000"', { at: 1000, zone: 0 }],
  ['a date and time without quotes', dateTime, '1-Jan-1970 00:00:01 +0000', FAULT],
]
for (const [name, read, text, value] of cases) {
  test(`reader: ${name}`, () => {
    const run = () => {
      const args = Args.of(text)
      const found = read(args)
      args.end()
      return found
    }
    if (value === FAULT) assert.throws(run, SyntaxFault)
    else assert.deepEqual(run(), value)
  })
}

test('reader: a name that is not modified UTF-7 is refused', () => {
  assert.throws(
    () => Args.of('R&D').mailboxName(),
    (error: unknown) => error instanceof Refusal && error.reason === 'mailbox-name',
  )
})

test('reader: with UTF-8 enabled an ampersand is a letter', () => {
  assert.equal(Args.of('"R&D"', true).mailboxName(), 'R&D')
  assert.equal(Args.of('"Entw&APw-rfe"', true).mailboxName(), 'Entw&APw-rfe')
  assert.throws(() => Args.of('\xfc', true).mailboxName(), Refusal)
})

test('reader: with UTF-8 enabled quotes hold nothing else', () => {
  assert.equal(Args.of('"\xc3\xbc"', true).quoted(), '\xc3\xbc')
  assert.throws(() => Args.of('"\xfc"', true).quoted(), SyntaxFault)
  assert.equal(Args.of('"\xfc"').quoted(), '\xfc')
})

test('reader: literals are strings', () => {
  const bytes = bytesOf('a b')
  const args = new Args({ pieces: [' ', { kind: 'literal', bytes, binary: false }, ' c'] })
  args.space()
  assert.equal(args.peek(), '{')
  assert.equal(args.astring(), 'a b')
  args.space()
  assert.equal(args.astring(), 'c')
  assert.ok(args.atEnd())
  const withNul = new Args({ pieces: [{ kind: 'literal', bytes: bytesOf('\0'), binary: true }] })
  assert.throws(() => withNul.string(), SyntaxFault)
})

test('reader: words are told from their beginnings', () => {
  const args = Args.of('return(x) returned')
  assert.equal(args.takeWord('RET'), false)
  assert.equal(args.takeWord('RETURN'), true)
  args.list(() => args.atom())
  args.space()
  assert.equal(args.takeWord('RETURN'), false)
  assert.equal(args.word(), 'RETURNED')
})

test('reader: limits of a set', () => {
  const at = Array.from({ length: limits.sequenceRanges }, (_, i) => i + 1).join(',')
  assert.equal(Args.of(at).sequenceSet().length, limits.sequenceRanges)
  assert.throws(() => Args.of(`${at},1`).sequenceSet(), SyntaxFault)
})

test('reader: limits of depth', () => {
  const nested = (depth: number) => Args.of('('.repeat(depth) + ')'.repeat(depth))
  const read = (args: Args): unknown => (args.peek() === '(' ? args.list(() => read(args)) : args.atom())
  read(nested(limits.listDepth))
  assert.throws(() => read(nested(limits.listDepth + 1)), SyntaxFault)
  read(Args.of(`(${'() '.repeat(limits.listDepth + 1)})`))
})

test('reader: a set that is written is read back', () => {
  const end = fc.oneof(fc.integer({ min: 1, max: 4_294_967_295 }), fc.constant(STAR))
  fc.assert(
    fc.property(fc.array(fc.tuple(end, end), { minLength: 1 }), ranges => {
      assert.deepEqual(Args.of(sequenceSet(ranges)).sequenceSet(), ranges)
    }),
  )
})
