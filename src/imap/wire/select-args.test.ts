import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SyntaxFault } from '#base/errors.ts'
import { Args } from './reader.ts'
import { parseSelectArgs } from './select-args.ts'
import type { SelectArgs } from './syntax.ts'

const plain: SelectArgs = { mailbox: 'INBOX', condstore: false, qresync: null }
const qresync = { uidValidity: 67890007, modseq: 20050715194045000, known: null, match: null }

const cases: [text: string, wanted: SelectArgs][] = [
  [' inbox', plain],
  [' "INBOX" ', plain],
  [' INBOX (CONDSTORE)', { ...plain, condstore: true }],
  [' INBOX (QRESYNC (7 9))', { ...plain, qresync: { ...qresync, uidValidity: 7, modseq: 9 } }],
  [
    ' INBOX (QRESYNC (7 9 1:3,5))',
    {
      ...plain,
      qresync: {
        uidValidity: 7,
        modseq: 9,
        known: [
          [1, 3],
          [5, 5],
        ],
        match: null,
      },
    },
  ],
  [
    ' INBOX (qresync (7 9 41,43:211 (1,3 41,43)))',
    {
      ...plain,
      qresync: {
        uidValidity: 7,
        modseq: 9,
        known: [
          [41, 41],
          [43, 211],
        ],
        match: {
          seqs: [
            [1, 1],
            [3, 3],
          ],
          uids: [
            [41, 41],
            [43, 43],
          ],
        },
      },
    },
  ],
  [
    ' INBOX (QRESYNC (7 9 (1 41)) CONDSTORE)',
    {
      ...plain,
      condstore: true,
      qresync: { uidValidity: 7, modseq: 9, known: null, match: { seqs: [[1, 1]], uids: [[41, 41]] } },
    },
  ],
]
for (const [text, wanted] of cases)
  test(`SELECT${text}`, () => assert.deepEqual(parseSelectArgs(Args.of(text)), wanted))

const faults = [
  '',
  ' ',
  ' a b',
  ' a(CONDSTORE)',
  ' a (FOO)',
  ' a (QRESYNC)',
  ' a (QRESYNC (7))',
  ' a (QRESYNC (0 9))',
  ' a (QRESYNC (7 9 *))',
  ' a (QRESYNC (7 9 1:*))',
  ' a (QRESYNC (7 9 1 (1)))',
  ' a (QRESYNC (7 9 1 (1 2)',
  ' a (QRESYNC (7 9 x))',
]
for (const text of faults)
  test(`SELECT${text} is not understood`, () => assert.throws(() => parseSelectArgs(Args.of(text)), SyntaxFault))
