import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mailboxId } from '#base/ids.ts'
import type { PartAddress } from '#mail/catenate.ts'
import { parseMessageUrl } from './imap-url.ts'

const selected = mailboxId(7)
const plain: PartAddress = {
  mailbox: 'INBOX',
  uidValidity: null,
  uid: 20,
  path: [],
  text: 'ALL',
  fields: null,
  partial: null,
}

const good: [url: string, address: Partial<PartAddress>][] = [
  ['/INBOX/;UID=20', {}],
  ['/INBOX;UIDVALIDITY=5/;UID=20', { uidValidity: 5 }],
  ['/INBOX/;uid=20/;section=1.2.MIME', { path: [1, 2], text: 'MIME' }],
  [
    '/INBOX/;UID=20/;SECTION=HEADER/;PARTIAL=5',
    { text: 'HEADER', partial: { start: 5, count: Number.MAX_SAFE_INTEGER } },
  ],
  ['/INBOX/;UID=20/;PARTIAL=0.1024', { partial: { start: 0, count: 1024 } }],
  ['/a/b%20c%C3%A9%3Bd/;UID=20', { mailbox: 'a/b cé;d' }],
  [';UID=20', { mailbox: selected }],
  [
    '/INBOX/;UID=20/;SECTION=1.HEADER.FIELDS.NOT%20(To%20Cc)',
    { path: [1], text: 'HEADER', fields: { names: ['To', 'Cc'], negate: true } },
  ],
]

for (const [url, address] of good) {
  test(`IMAP URL: ${url}`, () => assert.deepEqual(parseMessageUrl(url, selected), { ...plain, ...address }))
}

const bad = [
  '',
  '/INBOX',
  '/INBOX;UID=20',
  '/INBOX/;UID=0',
  '/INBOX/;UID=4294967296',
  '/INBOX/;UID=1:3',
  '/INBOX/;UID=20/;SECTION=NONSENSE',
  '/INBOX/;UID=20/;SECTION=1]%20x',
  '/INBOX/;UID=20/;URLAUTH=anonymous:internal:00',
  '//other/INBOX/;UID=20',
  'imap://ann@example.org/INBOX/;UID=20',
  '/%FF/;UID=20',
  `/${'a'.repeat(9000)}/;UID=20`,
]

for (const url of bad)
  test(`no IMAP URL: ${url.slice(0, 60)}`, () => assert.equal(parseMessageUrl(url, selected), null))

test('IMAP URL: without a selected mailbox one must be named', () =>
  assert.equal(parseMessageUrl(';UID=20', null), null))
