import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SyntaxFault } from '#base/errors.ts'
import { Flag } from '#ports/metadata.ts'
import { Args } from './reader.ts'
import { parseStoreArgs, type StoreArgs } from './store-args.ts'

const deleted = { flags: Flag.deleted, keywords: [] }
const add: StoreArgs = { messages: [[1, 1]], unchangedSince: null, action: 'add', silent: false, flags: deleted }

const cases: [text: string, wanted: StoreArgs][] = [
  [' 1 +FLAGS (\\Deleted)', add],
  [' 1 +Flags (\\DELETED)', add],
  [' 1 +flags \\Deleted', add],
  [' 1 -FLAGS.SILENT (\\Deleted)', { ...add, action: 'remove', silent: true }],
  [' 1 FLAGS ()', { ...add, action: 'replace', flags: { flags: 0, keywords: [] } }],
  [
    ' $ FLAGS \\Seen  x ',
    { ...add, messages: 'saved', action: 'replace', flags: { flags: Flag.seen, keywords: ['x'] } },
  ],
  [' 1 (UNCHANGEDSINCE 0) +FLAGS (\\Deleted)', { ...add, unchangedSince: 0 }],
  [' 1  ( unchangedsince 12 )  +FLAGS.silent (\\Deleted)', { ...add, unchangedSince: 12, silent: true }],
]
for (const [text, wanted] of cases) test(`STORE${text}`, () => assert.deepEqual(parseStoreArgs(Args.of(text)), wanted))

const faults = [
  '',
  ' 1',
  ' 1 +FLAGS',
  ' 1 +FLAGS ',
  ' 1 *FLAGS (x)',
  ' 1 + FLAGS (x)',
  ' 1 FLAGS.LOUD (x)',
  ' 1 FLAGS (x) y',
  ' 1 FLAGS(x)',
  ' 1 FLAGS (\\Foo)',
  ' 1 (CHANGEDSINCE 1) FLAGS (x)',
  ' 1 (UNCHANGEDSINCE x) FLAGS (x)',
]
for (const text of faults)
  test(`STORE${text} is not understood`, () => assert.throws(() => parseStoreArgs(Args.of(text)), SyntaxFault))
