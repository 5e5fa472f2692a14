import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SyntaxFault } from '#base/errors.ts'
import { parseListArgs, parsePlainListArgs } from './list-args.ts'
import { Args } from './reader.ts'
import type { ListArgs } from './syntax.ts'

const select = { subscribed: false, remote: false, recursiveMatch: false, specialUse: false }
const returns = { subscribed: false, children: false, specialUse: false, status: null }
const plain: ListArgs = { select, reference: '', patterns: ['*'], returns, extended: false }
const extended: ListArgs = { ...plain, extended: true }

const cases: [text: string, wanted: ListArgs][] = [
  [' "" "*"', plain],
  [' "" *', plain],
  [' ""  % ', { ...plain, patterns: ['%'] }],
  [' "" ""', { ...plain, patterns: [''] }],
  [' Entw&APw-rfe %', { ...plain, reference: 'Entwürfe', patterns: ['%'] }],
  [' "" inbox', { ...plain, patterns: ['INBOX'] }],
  [' () "" "*"', extended],
  [
    ' (SUBSCRIBED) "" "*" RETURN (SPECIAL-USE)',
    {
      ...extended,
      select: { ...select, subscribed: true },
      returns: { ...returns, specialUse: true },
    },
  ],
  [
    ' (recursivematch SUBSCRIBED remote) "" (a "b c" %)',
    {
      ...extended,
      select: { ...select, subscribed: true, recursiveMatch: true, remote: true },
      patterns: ['a', 'b c', '%'],
    },
  ],
  [' (SPECIAL-USE) "" *', { ...extended, select: { ...select, specialUse: true } }],
  [' "" * RETURN ()', extended],
  [
    ' "" * return ( STATUS (MESSAGES UNSEEN) CHILDREN SUBSCRIBED )',
    {
      ...extended,
      returns: { ...returns, children: true, subscribed: true, status: ['MESSAGES', 'UNSEEN'] },
    },
  ],
]
for (const [text, wanted] of cases) test(`LIST${text}`, () => assert.deepEqual(parseListArgs(Args.of(text)), wanted))

const faults = [
  '',
  ' ""',
  ' "" ',
  ' "" ()',
  ' (RECURSIVEMATCH) "" *',
  ' (REMOTE RECURSIVEMATCH) "" *',
  ' (FOO) "" *',
  ' "" * RETURN (FOO)',
  ' "" * RETURN',
  ' "" * RETURN (STATUS)',
  ' "" * RETURN (STATUS ())',
  ' "" * RETURN (STATUS (FOO))',
  ' "" * RETURN (CHILDREN',
  ' "" * x',
]
for (const text of faults)
  test(`LIST${text} is not understood`, () => assert.throws(() => parseListArgs(Args.of(text)), SyntaxFault))

test('LSUB and XLIST take no options', () => {
  assert.deepEqual(parsePlainListArgs(Args.of(' "" "*"')), plain)
  assert.throws(() => parsePlainListArgs(Args.of(' "" "*" RETURN (CHILDREN)')), SyntaxFault)
  assert.throws(() => parsePlainListArgs(Args.of(' (SUBSCRIBED) "" "*"')), SyntaxFault)
})
