import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SyntaxFault } from '#base/errors.ts'
import { Args } from './reader.ts'
import { parseStatusArgs } from './status-args.ts'

test('STATUS: every item', () => {
  const items =
    'MESSAGES RECENT UIDNEXT UIDVALIDITY UNSEEN DELETED SIZE HIGHESTMODSEQ APPENDLIMIT MAILBOXID DELETED-STORAGE'
  assert.deepEqual(parseStatusArgs(Args.of(` inbox (${items.toLowerCase()})`)), {
    mailbox: 'INBOX',
    items: items.split(' '),
  })
})

test('STATUS: an item asked for twice is answered once', () => {
  assert.deepEqual(parseStatusArgs(Args.of(' "a b"  ( MESSAGES MESSAGES )')), { mailbox: 'a b', items: ['MESSAGES'] })
})

for (const text of ['', ' a', ' a ()', ' a (FOO)', ' a MESSAGES', ' a (MESSAGES', ' a (MESSAGES) b']) {
  test(`STATUS${text} is not understood`, () => assert.throws(() => parseStatusArgs(Args.of(text)), SyntaxFault))
}
