import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Refusal } from '#base/errors.ts'
import { limits } from '#base/limits.ts'
import { isBelow, lookupName, newName, parentsOf } from './names.ts'

const good: [name: string, asked: string, made: string][] = [
  ['plain', 'Work', 'Work'],
  ['nested', 'Work/2026/May', 'Work/2026/May'],
  ['a trailing delimiter is dropped', 'Work/', 'Work'],
  ['INBOX in any case', 'iNbOx', 'INBOX'],
  ['INBOX as a parent', 'inbox/Lists', 'INBOX/Lists'],
  ['a name that only begins like INBOX', 'inboxes', 'inboxes'],
  ['Cyrillic', 'Входящие/Счета', 'Входящие/Счета'],
  ['composed form', 'Cafe\u0301', 'Café'],
  ['the longest', 'x'.repeat(limits.mailboxNameOctets), 'x'.repeat(limits.mailboxNameOctets)],
  ['the deepest', Array(limits.mailboxDepth).fill('a').join('/'), Array(limits.mailboxDepth).fill('a').join('/')],
]
for (const [name, asked, made] of good) test(`newName: ${name}`, () => assert.equal(newName(asked), made))

const bad: [name: string, asked: string][] = [
  ['empty', ''],
  ['only a delimiter', '/'],
  ['an empty level', 'a//b'],
  ['absolute', '/a'],
  ['up and out', 'a/../../etc/passwd'],
  ['dot', './a'],
  ['NUL', 'a\0b'],
  ['line end', 'a\r\nb'],
  ['C1 control', 'a\u0085b'],
  ['line separator', 'a\u2028b'],
  ['lone surrogate', 'a\ud800'],
  ['wildcard', 'a*'],
  ['a namespace', '#shared/x'],
  ['one octet too long', 'x'.repeat(limits.mailboxNameOctets + 1)],
  [
    'one level too deep',
    Array(limits.mailboxDepth + 1)
      .fill('a')
      .join('/'),
  ],
]
for (const [name, asked] of bad) {
  test(`newName refuses ${name}`, () => {
    assert.throws(
      () => newName(asked),
      error => error instanceof Refusal && error.reason === 'mailbox-name',
    )
  })
}

test('lookupName never refuses', () => assert.equal(lookupName('inbox/../x\0'), 'INBOX/../x\0'))

test('parentsOf: each level above', () => assert.deepEqual(parentsOf('a/b/c'), ['a', 'a/b']))

test('isBelow: a common beginning is not enough', () => {
  assert.equal(isBelow('ab/c', 'a'), false)
  assert.equal(isBelow('a/b', 'a'), true)
})
