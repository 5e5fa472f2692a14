import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf } from '#base/bytes.ts'
import { parseMessage } from './message.ts'
import { partAt, type SectionText, sectionRange } from './structure.ts'

const lines = (...text: string[]) => text.map(line => `${line}\r\n`).join('')
const INNER = lines('Subject: in', '', 'inner text')
const NESTED = lines(
  'Subject: deep',
  'Content-Type: multipart/mixed; boundary=b',
  '',
  '--b',
  '',
  'one',
  '--b',
  '',
  'two',
  '--b--',
)
const MIXED =
  lines(
    'Subject: top',
    'Content-Type: multipart/mixed; boundary=a',
    '',
    'preamble',
    '--a',
    'X: 1',
    '',
    'first',
    '--a',
  ) +
  lines('Content-Type: message/rfc822', '') +
  INNER +
  lines('--a', 'Content-Type: message/rfc822', '') +
  NESTED +
  lines('--a--')
const SINGLE = lines('Subject: x', '', 'body')
const FORWARD = lines('Content-Type: message/rfc822', '') + INNER
const TWICE = lines('Content-Type: message/rfc822', '', 'Content-Type: message/rfc822', '') + INNER

const cut = (text: string) => text.slice(0, -2)
const cases: [message: string, path: number[], text: SectionText, octets: string | null][] = [
  [MIXED, [], 'ALL', MIXED],
  [MIXED, [], 'HEADER', lines('Subject: top', 'Content-Type: multipart/mixed; boundary=a', '')],
  [MIXED, [], 'TEXT', MIXED.slice(MIXED.indexOf('preamble'))],
  [MIXED, [], 'MIME', null],
  [MIXED, [1], 'ALL', 'first'],
  [MIXED, [1], 'MIME', lines('X: 1', '')],
  [MIXED, [1], 'HEADER', null],
  [MIXED, [1], 'TEXT', null],
  [MIXED, [1, 1], 'ALL', null],
  [MIXED, [2], 'ALL', cut(INNER)],
  [MIXED, [2], 'MIME', lines('Content-Type: message/rfc822', '')],
  [MIXED, [2], 'HEADER', lines('Subject: in', '')],
  [MIXED, [2], 'TEXT', 'inner text'],
  [MIXED, [2, 1], 'ALL', 'inner text'],
  [MIXED, [2, 1], 'MIME', lines('Subject: in', '')],
  [MIXED, [2, 2], 'ALL', null],
  [MIXED, [3], 'TEXT', cut(NESTED.slice(NESTED.indexOf('--b')))],
  [MIXED, [3, 1], 'ALL', 'one'],
  [MIXED, [3, 2], 'ALL', 'two'],
  [MIXED, [3, 3], 'ALL', null],
  [MIXED, [4], 'ALL', null],
  [MIXED, [0], 'ALL', null],
  [SINGLE, [1], 'ALL', 'body\r\n'],
  [SINGLE, [1], 'MIME', lines('Subject: x', '')],
  [SINGLE, [1, 1], 'ALL', null],
  [SINGLE, [2], 'ALL', null],
  [FORWARD, [1], 'ALL', INNER],
  [FORWARD, [1], 'HEADER', lines('Subject: in', '')],
  [FORWARD, [1, 1], 'ALL', 'inner text\r\n'],
  [TWICE, [1, 1], 'HEADER', lines('Subject: in', '')],
  [TWICE, [1, 1, 1], 'ALL', 'inner text\r\n'],
]
const names = new Map([
  [MIXED, 'mixed'],
  [SINGLE, 'single'],
  [FORWARD, 'forward'],
  [TWICE, 'forwarded twice'],
])
for (const [message, path, text, octets] of cases) {
  test(`sectionRange: ${names.get(message)} ${path.join('.')} ${text}`, () => {
    const { structure, header, octets: size } = parseMessage(bytesOf(message))
    const range = sectionRange(structure, header, size, path, text)
    assert.equal(range && message.slice(...range), octets)
  })
}

test('partAt: nothing is at no path', () => {
  assert.equal(partAt(parseMessage(bytesOf(SINGLE)).structure, []), null)
})
