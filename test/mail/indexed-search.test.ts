import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import fc from 'fast-check'
import iconv from 'iconv-lite'
import { openIndexWriter } from '#drivers/fts/index-writer.ts'
import { openSearchIndex } from '#drivers/fts/search-index.ts'
import { Indexing } from '#mail/indexing.ts'
import type { Mail } from '#mail/mail.ts'
import { search } from '#mail/search.ts'
import { Pace } from '#mail/search-pace.ts'
import type { SearchKey } from '#mail/search-program.ts'
import { parseMessage } from '#mime/message.ts'
import { searchText } from '#mime/text.ts'
import { trickyMail } from '#test/corpus.ts'
import { kinds } from '#test/mail.ts'
import { type MemoryMail, openMemoryMail } from '#test/memory-mail.ts'

/** Searches with an index find what searches without one do: for every key, in every charset, whatever part of the mail is indexed. */

const texts: readonly [charset: string, text: string][] = [
  ['utf-8', 'Встреча в ЧЕТВЕРГ; café, naïve, Straße, ﬁn 😀 👩‍👩‍👧'],
  ['koi8-r', 'Счёт за Ноябрь, ещё один счет'],
  ['windows-1251', 'Їжак і Єнот'],
  ['iso-8859-1', 'Grüße aus Köln, Ærø'],
  ['shift_jis', '会議は木曜日の十五時です。ｶﾞｲﾄﾞ ガイド'],
  ['gb18030', '会议改到星期四，谢谢'],
  ['big5', '會議改到星期四'],
  ['euc-kr', '회의가 목요일로 변경'],
  ['windows-1256', 'تم تأجيل الاجتماع إلى يوم الخميس'],
  ['windows-1255', 'הפגישה נדחתה'],
  ['utf-8', 'cafe\u0301 e\u0301 \u1e9b\u0323 Å Å ǅ'],
  ['utf-16le', 'Wide Ünïcode'],
  ['us-ascii', 'As soon as possible: the meeting of the committee, 2026-11-20, x1@example.com'],
]

function mixed(charset: string, text: string, n: number): Buffer {
  const octets = iconv.encode(text, charset)
  const word = `=?${charset}?B?${octets.toString('base64')}?=`
  return Buffer.concat([
    Buffer.from(
      `From: ${word} <sender${n}@example.org>\r\nTo: Team <team@example.net>, ${word} <x@example.com>\r\nCc: cc${n % 3}@example.org\r\n` +
        `Subject: ${word} no. ${n}\r\nMessage-ID: <${n}.abc@example.org>\r\nList-Id: Things <things.${n % 2}.example.org>\r\n`,
    ),
    // Not encoded, as some mail has it, in the charset of the text: only a look at all of it can tell what it says.
    n % 2 === 0
      ? Buffer.concat([
          Buffer.from('X-Raw: '),
          Buffer.from(octets.filter(octet => octet !== 10 && octet !== 13)),
          Buffer.from('\r\n'),
        ])
      : Buffer.alloc(0),
    Buffer.from(
      `Content-Type: text/${n % 3 === 0 ? 'html' : 'plain'}; charset=${charset}\r\nContent-Transfer-Encoding: base64\r\n\r\n`,
    ),
    Buffer.from(
      `${iconv.encode(n % 3 === 0 ? `<p>${text.replace(' ', '</p>\n <b>')}</b>` : `${text}\r\n${text}\r\n`, charset).toString('base64')}\r\n`,
    ),
  ])
}

const bodies = [
  ...texts.flatMap(([charset, text], i) => [mixed(charset, text, i), mixed(charset, text, i + texts.length)]),
  ...Object.entries(kinds).flatMap(([name, kind]) => (name === 'large' ? [] : [kind])),
]

type Indexed = AsyncDisposable & { readonly box: MemoryMail; readonly indexed: Mail; index(): Promise<void> }

async function open(): Promise<Indexed> {
  const box = await openMemoryMail()
  const root = mkdtempSync(join(tmpdir(), 'rookery-search-'))
  const index = openSearchIndex(root, box.feed)
  return {
    box,
    indexed: { ...box.mail, index },
    async index() {
      const writer = openIndexWriter(root, box.feed)!
      const indexing = new Indexing(writer, box.feed, box.mail.blobs, { rest: () => undefined })
      await indexing.begin()
      await indexing.catchUp()
      await indexing.tidy(true)
      writer.close()
    },
    async [Symbol.asyncDispose]() {
      index.close()
      await box[Symbol.asyncDispose]()
      rmSync(root, { recursive: true })
    },
  }
}

async function sameAnswers({ box, indexed }: Indexed, keys: readonly SearchKey[]): Promise<number> {
  const view = await box.select()
  let matches = 0
  for (const program of keys) {
    const request = { program, saved: new Uint32Array(0), numberOf: Number, limit: null, most: null, pace: new Pace() }
    const looked = await search(box.mail, view, request)
    const asked = await search(indexed, view, request)
    assert.deepEqual([...asked.positions], [...looked.positions], JSON.stringify(program))
    matches += looked.positions.length
  }
  return matches
}

/** What a search may look for in these messages: parts of what they say, at any place, and a little changed. */
async function partsOf(messages: readonly Uint8Array[]): Promise<fc.Arbitrary<string>> {
  const said: string[] = []
  for (const message of messages) {
    const { structure } = parseMessage(message)
    let text = ''
    for await (const piece of searchText(structure, (from, to) => message.subarray(from, to), true)) text += piece
    said.push(...text.split('\0').filter(line => line !== ''))
  }
  const part = fc
    .tuple(fc.constantFrom(...said), fc.nat(), fc.integer({ min: 1, max: 12 }))
    .map(([line, at, length]) => line.slice(at % line.length).slice(0, length))
  return fc.oneof(
    part,
    part.map(text => text.toUpperCase()),
    part.map(text => text.normalize('NFD')),
    fc.tuple(part, part).map(([a, b]) => `${a} ${b}`),
  )
}

const fieldNames = ['Subject', 'from', 'TO', 'Cc', 'Message-ID', 'List-Id', 'X-Raw', 'X-Label', 'Content-Type']

function keyOf(text: fc.Arbitrary<string>): fc.Arbitrary<SearchKey> {
  return fc.oneof(
    fc.record({ key: fc.constantFrom('BODY' as const, 'TEXT' as const), text }),
    fc.record({
      key: fc.constant('HEADER' as const),
      field: fc.constantFrom(...fieldNames),
      text: fc.oneof({ weight: 9, arbitrary: text }, { weight: 1, arbitrary: fc.constant('') }),
    }),
  )
}

async function holds(messages: readonly Uint8Array[], runs: number): Promise<void> {
  const keys = fc.array(keyOf(await partsOf(messages)), { minLength: runs, maxLength: runs })
  await using mail = await open()
  const half = Math.ceil(messages.length / 2)
  await mail.box.deliver(...messages.slice(0, half).map(octets => ({ octets })))
  await mail.index()
  await mail.box.deliver(...messages.slice(half).map(octets => ({ octets })))
  const halfIndexed = await sameAnswers(mail, fc.sample(keys, { seed: 1, numRuns: 1 })[0]!)
  await mail.index()
  const allIndexed = await sameAnswers(mail, fc.sample(keys, { seed: 2, numRuns: 1 })[0]!)
  assert.ok(halfIndexed > runs / 4 && allIndexed > runs / 4, 'the searches must find something to prove anything')
}

test('indexed search: the same answers in all charsets', () => holds(bodies, 250))

test('indexed search: the same answers in mail of odd form', async (t: TestContext) => {
  const samples = trickyMail()
  if (samples === null) return t.skip('no odd mail here')
  await holds(
    samples.filter(({ message }) => message.length < 100_000).map(({ message }) => message),
    30,
  )
})

test('indexed search: programs of several keys, and only the first or the last result', async () => {
  await using mail = await open()
  await mail.box.deliver(...bodies.map(octets => ({ octets })))
  await mail.index()
  const body = (text: string): SearchKey => ({ key: 'BODY', text })
  const programs: SearchKey[] = [
    { key: 'OR', of: [body('ЧЕТВЕРГ'), { key: 'HEADER', field: 'subject', text: 'no. 1' }] },
    {
      key: 'AND',
      of: [
        { key: 'NOT', of: body('会') },
        { key: 'TEXT', text: 'example' },
      ],
    },
    { key: 'AND', of: [{ key: 'SEQ', set: [[2, 9]] }, body('e')] },
    { key: 'TEXT', text: 'example.org\0' },
    { key: 'TEXT', text: 'word '.repeat(100) },
  ]
  await sameAnswers(mail, programs)
  const view = await mail.box.select()
  for (const from of ['first', 'last'] as const) {
    const request = {
      program: body('e'),
      saved: new Uint32Array(0),
      numberOf: Number,
      limit: null,
      most: { from, count: 2 },
      pace: new Pace(),
    }
    const [asked, looked] = [await search(mail.indexed, view, request), await search(mail.box.mail, view, request)]
    assert.deepEqual(asked.positions, looked.positions)
  }
})
