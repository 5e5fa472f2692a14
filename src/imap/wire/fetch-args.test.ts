import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf } from '#base/bytes.ts'
import { SyntaxFault } from '#base/errors.ts'
import { type FetchArgs, parseFetchArgs } from './fetch-args.ts'
import { Args } from './reader.ts'
import type { FetchItem, FetchModifiers, Section } from './syntax.ts'

const none: FetchModifiers = { changedSince: null, vanished: false, partial: null }
const items = (...names: string[]): FetchItem[] => names.map(item => ({ item }) as FetchItem)
const sectionItem = (section: Section, rest: object = {}): FetchItem => ({
  item: 'SECTION',
  section,
  peek: false,
  partial: null,
  ...rest,
})

const cases: [text: string, items: FetchItem[], modifiers?: Partial<FetchModifiers>][] = [
  [' 1 FLAGS', items('FLAGS')],
  [' 1 fast', items('FLAGS', 'INTERNALDATE', 'RFC822.SIZE')],
  [' 1 ALL', items('FLAGS', 'INTERNALDATE', 'RFC822.SIZE', 'ENVELOPE')],
  [' 1 FULL', items('FLAGS', 'INTERNALDATE', 'RFC822.SIZE', 'ENVELOPE', 'BODY')],
  [' 1  ( UID  FLAGS ) ', items('UID', 'FLAGS')],
  [' 1 (UID UID FLAGS UID)', items('UID', 'FLAGS')],
  [' 1 (BODY BODYSTRUCTURE)', items('BODY', 'BODYSTRUCTURE')],
  [' 1 (RFC822 RFC822.HEADER RFC822.TEXT)', items('RFC822', 'RFC822.HEADER', 'RFC822.TEXT')],
  [' 1 (MODSEQ EMAILID THREADID SAVEDATE)', items('MODSEQ', 'EMAILID', 'THREADID', 'SAVEDATE')],
  [' 1 PREVIEW', [{ item: 'PREVIEW', lazy: false }]],
  [' 1 PREVIEW (LAZY)', [{ item: 'PREVIEW', lazy: true }]],
  [' 1 (PREVIEW (lazy) UID)', [{ item: 'PREVIEW', lazy: true }, ...items('UID')]],
  [' 1 PREVIEW (CHANGEDSINCE 5)', [{ item: 'PREVIEW', lazy: false }], { changedSince: 5 }],
  [' 1 BODY[]', [sectionItem({ path: [], text: 'ALL' })]],
  [
    ' 1 body.peek[]<0.65536>',
    [sectionItem({ path: [], text: 'ALL' }, { peek: true, partial: { start: 0, count: 65536 } })],
  ],
  [' 1 BODY[TEXT]', [sectionItem({ path: [], text: 'TEXT' })]],
  [' 1 BODY[header]', [sectionItem({ path: [], text: 'HEADER' })]],
  [' 1 BODY[1.2.3]', [sectionItem({ path: [1, 2, 3], text: 'ALL' })]],
  [' 1 BODY[1.2.MIME]', [sectionItem({ path: [1, 2], text: 'MIME' })]],
  [' 1 BODY[3.TEXT]<1.2>', [sectionItem({ path: [3], text: 'TEXT' }, { partial: { start: 1, count: 2 } })]],
  [
    ' 1 BODY.PEEK[HEADER.FIELDS (From "X Y")]',
    [sectionItem({ path: [], text: 'HEADER.FIELDS', fields: ['From', 'X Y'] }, { peek: true })],
  ],
  [' 1 BODY[1.HEADER.FIELDS.NOT (date )]', [sectionItem({ path: [1], text: 'HEADER.FIELDS.NOT', fields: ['date'] })]],
  [' 1 BINARY[]', [{ item: 'BINARY', path: [], peek: false, partial: null }]],
  [' 1 BINARY.PEEK[1.2]<5.6>', [{ item: 'BINARY', path: [1, 2], peek: true, partial: { start: 5, count: 6 } }]],
  [' 1 BINARY.SIZE[1]', [{ item: 'BINARY.SIZE', path: [1] }]],
  [' 1 FLAGS (CHANGEDSINCE 0)', items('FLAGS'), { changedSince: 0 }],
  [' 1 (FLAGS) (VANISHED CHANGEDSINCE 12)', items('FLAGS'), { changedSince: 12, vanished: true }],
  [' 1 FAST (PARTIAL -1:-100)', items('FLAGS', 'INTERNALDATE', 'RFC822.SIZE'), { partial: { from: -1, to: -100 } }],
]
for (const [text, wanted, modifiers] of cases) {
  test(`FETCH${text}`, () => {
    const value: FetchArgs = { messages: [[1, 1]], items: wanted, modifiers: { ...none, ...modifiers } }
    assert.deepEqual(parseFetchArgs(Args.of(text)), value)
  })
}

const faults = [
  '',
  ' ',
  ' 1',
  ' 1 ',
  ' 1 ()',
  ' 1 FOO',
  ' x FLAGS',
  ' 1 (ALL)',
  ' 1 (FLAGS',
  ' 1 FLAGS UID',
  ' 1 (FLAGS)(CHANGEDSINCE 1)',
  ' 1 FLAGS (VANISHED)',
  ' 1 FLAGS (CHANGEDSINCE)',
  ' 1 FLAGS (OTHER 1)',
  ' 1 FLAGS (PARTIAL 1:-2)',
  ' 1 FLAGS (PARTIAL -1:2)',
  ' 1 FLAGS (PARTIAL 0:2)',
  ' 1 FLAGS (PARTIAL 1:*)',
  ' 1 BODY[',
  ' 1 BODY[0]',
  ' 1 BODY[1.]',
  ' 1 BODY[.1]',
  ' 1 BODY[MIME]',
  ' 1 BODY[FOO]',
  ' 1 BODY[TEXT.1]',
  ' 1 BODY[1.HEADER.FIELDS]',
  ' 1 BODY[HEADER.FIELDS ()]',
  ' 1 BODY[]<0.0>',
  ' 1 BODY[]<0>',
  ' 1 BODY[]<-1.5>',
  ' 1 BODY[] <0.1>',
  ' 1 BODY.PEEK',
  ' 1 BINARY',
  ' 1 BINARY[TEXT]',
  ' 1 BINARY[1.]',
  ' 1 BINARY.SIZE[1]<0.1>',
  ' 1 PREVIEW (FAST)',
]
for (const text of faults)
  test(`FETCH${text} is not understood`, () => assert.throws(() => parseFetchArgs(Args.of(text)), SyntaxFault))

test('FETCH: header names as literals', () => {
  const literal = { kind: 'literal', bytes: bytesOf('X-A'), binary: false } as const
  const args = new Args({ pieces: [' 1:* BODY[HEADER.FIELDS (To ', literal, ')]'] })
  assert.deepEqual(parseFetchArgs(args).items, [
    sectionItem({ path: [], text: 'HEADER.FIELDS', fields: ['To', 'X-A'] }),
  ])
})
