import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { foldText } from '#mime/fold.ts'
import { type Delivery, openMemoryMail } from '#test/memory-mail.ts'
import { Pace } from './search-pace.ts'
import type { SortKey } from './search-program.ts'
import { rowsOf } from './search-rows.ts'
import { sortFound } from './sort.ts'
import { collationKey, compareText, orderOf } from './sort-order.ts'

const by = (...names: string[]): SortKey[] =>
  names.map(name => ({ by: name.replace('-', '') as SortKey['by'], reverse: name.startsWith('-') }))

const mailbox: readonly Delivery[] = [
  {
    octets: 'From: "Zoe" <b@x>\r\nTo: <t2@x>\r\nSubject: Re: banana\r\nDate: Mon, 3 Jan 2000 10:00:00 +0000\r\n\r\n',
    receivedAt: 5000,
  },
  {
    octets:
      'From: Adam <C@x>\r\nTo: <T1@x>\r\nCc: <k@x>\r\nSubject: Äpfel\r\nDate: Mon, 3 Jan 2000 12:30:00 +0500\r\n\r\nlonger\r\n',
    receivedAt: 4000,
  },
  // No Date: INTERNALDATE stands in.
  { octets: 'From: a@x\r\nSubject: [list] Banana (fwd)\r\n\r\n', receivedAt: Date.UTC(2000, 0, 3, 9) },
  { octets: 'Subject:\r\nDate: Mon, 3 Jan 2000 10:00:00 +0000\r\n\r\n', receivedAt: 4000 },
]

const cases: [name: string, keys: SortKey[], expected: number[]][] = [
  ['ARRIVAL, ties by number', by('ARRIVAL'), [2, 4, 1, 3]],
  ['REVERSE ARRIVAL leaves ties by number', by('-ARRIVAL'), [3, 1, 2, 4]],
  ['DATE in UTC, INTERNALDATE where it is missing', by('DATE'), [2, 3, 1, 4]],
  ['SUBJECT by its base, without regard to case, umlauts beside their letters', by('SUBJECT'), [4, 2, 1, 3]],
  ['SUBJECT REVERSE DATE', by('SUBJECT', '-DATE'), [4, 2, 1, 3]],
  ['REVERSE SUBJECT DATE', by('-SUBJECT', 'DATE'), [3, 1, 2, 4]],
  ['FROM by the mailbox', by('FROM'), [4, 3, 1, 2]],
  ['DISPLAYFROM by the name', by('DISPLAYFROM'), [4, 3, 2, 1]],
  ['TO, empty first', by('TO'), [3, 4, 2, 1]],
  ['DISPLAYTO', by('DISPLAYTO'), [3, 4, 2, 1]],
  ['CC', by('CC'), [1, 3, 4, 2]],
  ['SIZE', by('SIZE'), [3, 4, 1, 2]],
  ['a key again decides nothing', by('ARRIVAL', '-ARRIVAL'), [2, 4, 1, 3]],
]

test('sortFound: each key', async t => {
  await using box = await openMemoryMail()
  await box.deliver(...mailbox)
  const rows = rowsOf(await box.select())
  for (const [name, keys, expected] of cases) {
    await t.test(name, async () => {
      const found = { rows, positions: Uint32Array.of(0, 1, 2, 3) }
      const sorted = await sortFound(box.mail, box.inbox, found, keys, new Pace())
      assert.deepEqual(
        [...sorted].map(at => at + 1),
        expected,
      )
    })
  }
})

test('sortFound: only what was found', async () => {
  await using box = await openMemoryMail()
  await box.deliver(...mailbox)
  const rows = rowsOf(await box.select())
  const sorted = await sortFound(box.mail, box.inbox, { rows, positions: Uint32Array.of(0, 2) }, by('FROM'), new Pace())
  assert.deepEqual([...sorted], [2, 0])
  const none = await sortFound(box.mail, box.inbox, { rows, positions: new Uint32Array(0) }, by('FROM'), new Pace())
  assert.deepEqual([...none], [])
})

test('orderOf: sorts stably, whatever the length', async () => {
  const lists = fc
    .integer({ min: 0, max: 3000 })
    .chain(length => fc.tuple(fc.constant(length), fc.integer({ min: 1, max: 50 }), fc.integer()))
  await fc.assert(
    fc.asyncProperty(lists, async ([length, kinds, seed]) => {
      const values = Array.from({ length }, (_, i) => Math.abs(Math.imul(i + seed, 2_654_435_761)) % kinds)
      const expected = values.map((_, i) => i).sort((a, b) => values[a]! - values[b]! || a - b)
      assert.deepEqual([...(await orderOf(length, (a, b) => values[a]! - values[b]!, new Pace()))], expected)
    }),
    { numRuns: 30 },
  )
})

test('collationKey: orders like the octets of UTF-8', () => {
  const texts = fc.string({ unit: 'binary' })
  fc.assert(
    fc.property(texts, texts, (a, b) => {
      const octets = Buffer.compare(Buffer.from(foldText(a)), Buffer.from(foldText(b)))
      assert.equal(compareText(collationKey(foldText(a)), collationKey(foldText(b))), octets)
    }),
  )
  assert.equal(compareText(collationKey('\u{1f600}'), collationKey('\uff5e')), 1)
})

test('orderOf: gives way to others', async () => {
  const length = 60_000
  const values = Array.from({ length }, (_, i) => `${Math.imul(i, 2_654_435_761)}`)
  let turns = 0
  const beat = setInterval(() => turns++, 1)
  await orderOf(length, (a, b) => compareText(values[a]!, values[b]!), new Pace())
  clearInterval(beat)
  assert.ok(turns > 2, `others had ${turns} turns`)
})
