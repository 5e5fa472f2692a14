import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf, octetsOf, utf8Octets } from '#base/bytes.ts'
import { SyntaxFault } from '#base/errors.ts'
import { limits } from '#base/limits.ts'
import { Flag } from '#ports/metadata.ts'
import { Args } from './reader.ts'
import { CharsetRefusal, parseSearchArgs } from './search-args.ts'
import type { SearchKey, SearchReturn } from './syntax.ts'

const STAR = Number.POSITIVE_INFINITY
const unseen: SearchKey = { key: 'FLAG', flag: Flag.seen, set: false }
const seen: SearchKey = { key: 'FLAG', flag: Flag.seen, set: true }
const from = (text: string): SearchKey => ({ key: 'HEADER', field: 'From', text })
const and = (...of: SearchKey[]): SearchKey => ({ key: 'AND', of })

const programs: [text: string, program: SearchKey][] = [
  [' ALL', { key: 'ALL' }],
  [' all ', { key: 'ALL' }],
  [' SEEN', seen],
  [' UNSEEN', unseen],
  [' ANSWERED', { key: 'FLAG', flag: Flag.answered, set: true }],
  [' UNDRAFT', { key: 'FLAG', flag: Flag.draft, set: false }],
  [' RECENT', { key: 'RECENT', set: true }],
  [' OLD', { key: 'RECENT', set: false }],
  [' NEW', and({ key: 'RECENT', set: true }, unseen)],
  [' KEYWORD $Junk', { key: 'KEYWORD', keyword: '$Junk', set: true }],
  [' UNKEYWORD x', { key: 'KEYWORD', keyword: 'x', set: false }],
  [
    ' 1,3:*',
    {
      key: 'SEQ',
      set: [
        [1, 1],
        [3, STAR],
      ],
    },
  ],
  [' *', { key: 'SEQ', set: [[STAR, STAR]] }],
  [' $', { key: 'SEQ', set: 'saved' }],
  [' UID 5:7', { key: 'UID', set: [[5, 7]] }],
  [' UID $', { key: 'UID', set: 'saved' }],
  [' UNSEEN  1:5 ', and(unseen, { key: 'SEQ', set: [[1, 5]] })],
  [' NOT SEEN', { key: 'NOT', of: seen }],
  [' NOT (SEEN UNSEEN)', { key: 'NOT', of: and(seen, unseen) }],
  [' OR SEEN UNSEEN', { key: 'OR', of: [seen, unseen] }],
  [' OR ( SEEN ) OR (UNSEEN) (ALL)', { key: 'OR', of: [seen, { key: 'OR', of: [unseen, { key: 'ALL' }] }] }],
  [' ((SEEN))', seen],
  [' FROM bob', from('bob')],
  [' FROM ""', from('')],
  [
    ' SUBJECT "a b" TO x CC y BCC z',
    and(
      { key: 'HEADER', field: 'Subject', text: 'a b' },
      { key: 'HEADER', field: 'To', text: 'x' },
      { key: 'HEADER', field: 'Cc', text: 'y' },
      { key: 'HEADER', field: 'Bcc', text: 'z' },
    ),
  ],
  [' HEADER X-Spam ""', { key: 'HEADER', field: 'X-Spam', text: '' }],
  [' BODY x', { key: 'BODY', text: 'x' }],
  [' TEXT NIL', { key: 'TEXT', text: 'NIL' }],
  [' LARGER 9223372036854775807', { key: 'LARGER', octets: Number.MAX_SAFE_INTEGER }],
  [' SMALLER 0', { key: 'SMALLER', octets: 0 }],
  [' SINCE 1-Jan-1970', { key: 'SINCE', day: 0 }],
  [' BEFORE "02-Jan-1970"', { key: 'BEFORE', day: 1 }],
  [' ON 1-jan-1970', { key: 'ON', day: 0 }],
  [' SENTBEFORE 1-Jan-1970', { key: 'SENTBEFORE', day: 0 }],
  [' SENTON 1-Jan-1970', { key: 'SENTON', day: 0 }],
  [' SENTSINCE 1-Jan-1970', { key: 'SENTSINCE', day: 0 }],
  [' SAVEDBEFORE 1-Jan-1970', { key: 'SAVEDBEFORE', day: 0 }],
  [' SAVEDON 1-Jan-1970', { key: 'SAVEDON', day: 0 }],
  [' SAVEDSINCE 1-Jan-1970', { key: 'SAVEDSINCE', day: 0 }],
  [' SAVEDATESUPPORTED', { key: 'SAVEDATESUPPORTED' }],
  [' YOUNGER 3600', { key: 'YOUNGER', seconds: 3600 }],
  [' OLDER 1', { key: 'OLDER', seconds: 1 }],
  [' MODSEQ 620162338', { key: 'MODSEQ', modseq: 620162338 }],
  [' MODSEQ "/flags/\\\\draft" all 7', { key: 'MODSEQ', modseq: 7 }],
  [' EMAILID M1', { key: 'EMAILID', id: 'M1' }],
  [' THREADID "T1"', { key: 'THREADID', id: 'T1' }],
  [' UIDAFTER 0', { key: 'UIDAFTER', uid: 0 }],
  [' UIDBEFORE 10', { key: 'UIDBEFORE', uid: 10 }],
]
for (const [text, program] of programs) {
  test(`SEARCH${text}`, () =>
    assert.deepEqual(parseSearchArgs(Args.of(text)), { returns: null, charset: null, program }))
}

const no: SearchReturn = { min: false, max: false, all: false, count: false, save: false, partial: null }
const returns: [text: string, wanted: SearchReturn][] = [
  ['()', { ...no, all: true }],
  ['(MIN max)', { ...no, min: true, max: true }],
  ['( ALL COUNT )', { ...no, all: true, count: true }],
  ['(SAVE)', { ...no, save: true }],
  ['(PARTIAL 1:100 COUNT)', { ...no, count: true, partial: { from: 1, to: 100 } }],
  ['(PARTIAL -100:-1)', { ...no, partial: { from: -100, to: -1 } }],
]
for (const [text, wanted] of returns) {
  test(`SEARCH RETURN ${text}`, () => assert.deepEqual(parseSearchArgs(Args.of(` RETURN ${text} ALL`)).returns, wanted))
}

const utf8 = utf8Octets('grüße')
const charsets: [name: string, octets: string, text: string][] = [
  ['UTF-8', ` CHARSET UTF-8 FROM "${utf8}"`, 'grüße'],
  ['a charset in quotes', ` CHARSET "utf-8" FROM ${utf8}`, 'grüße'],
  ['US-ASCII', ' CHARSET US-ASCII FROM bob', 'bob'],
  ['UTF-8 that says US-ASCII', ` CHARSET US-ASCII FROM "${utf8}"`, 'grüße'],
  ['UTF-8 that says nothing', ` FROM "${utf8}"`, 'grüße'],
  ['Latin-1 that says nothing', ' FROM "gr\xfc\xdfe"', 'grüße'],
  ['ISO-8859-1', ' CHARSET ISO-8859-1 FROM "gr\xfc\xdfe"', 'grüße'],
  ['KOI8-R', ' CHARSET KOI8-R FROM "\xc4\xc1"', 'да'],
  ['Shift_JIS', ' CHARSET shift_jis FROM "\x93\xfa"', '日'],
  ['RETURN before', ` RETURN (ALL) CHARSET UTF-8 FROM ${utf8}`, 'grüße'],
]
for (const [name, octets, text] of charsets) {
  test(`SEARCH in ${name}`, () => assert.deepEqual(parseSearchArgs(Args.of(octets)).program, from(text)))
}

test('SEARCH: a literal in the charset', () => {
  const bytes = bytesOf('\xc4\xc1')
  const args = new Args({ pieces: [' CHARSET KOI8-R FROM ', { kind: 'literal', bytes, binary: false }] })
  assert.equal(octetsOf(bytes).length, 2)
  assert.deepEqual(parseSearchArgs(args).program, from('да'))
})

test('SEARCH: an unknown charset is refused, which says whether the result was to be saved', () => {
  for (const [text, save] of [
    [' CHARSET X-FOO ALL', false],
    [' RETURN (SAVE) CHARSET X-FOO ALL', true],
  ] as const) {
    assert.throws(
      () => parseSearchArgs(Args.of(text)),
      (error: unknown) => error instanceof CharsetRefusal && error.reason === 'bad-charset' && error.save === save,
    )
  }
})

const faults = [
  '',
  ' ',
  ' FOO',
  ' ()',
  ' (SEEN',
  ' SEEN)',
  ' NOT',
  ' OR SEEN',
  ' OR SEEN ',
  ' FROM',
  ' HEADER x',
  ' KEYWORD \\Seen',
  ' LARGER x',
  ' LARGER -1',
  ' OLDER 0',
  ' SINCE 2025-01-01',
  ' SINCE 30-Feb-2025',
  ' MODSEQ "/other/x" all 7',
  ' MODSEQ "/flags/x" some 7',
  ' MODSEQ x',
  ' UID x',
  ' UID 0',
  ' 0',
  ' 1 :2',
  ' CHARSET UTF-8',
  ' CHARSET',
  ' RETURN (FOO) ALL',
  ' RETURN (MIN ALL',
  ' RETURN (ALL PARTIAL 1:2) ALL',
  ' RETURN (PARTIAL 1:-2) ALL',
  ' RETURN (MIN)',
  ' CHARSET UTF-8 FROM "\xff"',
  ' SEENUNSEEN',
]
for (const text of faults)
  test(`SEARCH${text} is not understood`, () => assert.throws(() => parseSearchArgs(Args.of(text)), SyntaxFault))

test('SEARCH: the most keys, and one more', () => {
  parseSearchArgs(Args.of(' ALL'.repeat(limits.searchKeys)))
  assert.throws(() => parseSearchArgs(Args.of(' ALL'.repeat(limits.searchKeys + 1))), SyntaxFault)
  parseSearchArgs(Args.of(`${' NOT'.repeat(limits.searchKeys - 1)} ALL`))
  assert.throws(() => parseSearchArgs(Args.of(`${' NOT'.repeat(100_000)} ALL`)), SyntaxFault)
})

test('SEARCH: the deepest parentheses, and one more', () => {
  const nested = (depth: number) => Args.of(` ${'('.repeat(depth)}ALL${')'.repeat(depth)}`)
  parseSearchArgs(nested(limits.listDepth))
  assert.throws(() => parseSearchArgs(nested(limits.listDepth + 1)), SyntaxFault)
})
