import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { FakeSession } from '#test/fake-session.ts'
import { openMemoryMail } from '#test/memory-mail.ts'
import { batches, uidBatches } from './uid-batches.ts'

async function openMailbox(messages: number) {
  const box = await openMemoryMail()
  await box.deliver(...Array.from({ length: messages }, () => ({ octets: '\r\n' })))
  return box
}

test('UIDBATCHES', async t => {
  await using box = await openMailbox(1210)
  const session = await FakeSession.on(box)
  const cases: [name: string, args: string, answer: RegExp][] = [
    ['all', '500', /^\* UIDBATCHES \(TAG "a\d+"\) 1210:711,710:211,210:1$/],
    ['some', '500 2:3', /\) 710:211,210:1$/],
    ['one', '500 2:2', /\) 710:211$/],
    ['past the end', '500 3:12', /\) 210:1$/],
    ['none', '500 9:12', /^\* UIDBATCHES \(TAG "a\d+"\)$/],
    ['as many as there are', '1210', /\) 1210:1$/],
    ['one less', '1209', /\) 1210:2,1:1$/],
    ['one more', '1211', /\) 1210:1$/],
    ['too few in one', '499', /^NO \[TOOFEW\] /],
    ['descending', '500 3:1', /^BAD \[CLIENTBUG\] /],
    ['too many', '1000 1:200', /^NO \[TOOMANY\] /],
    ['zero messages', '0', /^BAD /],
    ['batch zero', '500 0:1', /^BAD /],
    ['half a range', '500 1', /^BAD /],
  ]
  for (const [name, args, answer] of cases) {
    await t.test(name, async () => assert.match((await session.run(uidBatches, args))[0]!, answer))
  }
})

test('UIDBATCHES: an empty mailbox, and one message', async () => {
  await using empty = await openMailbox(0)
  assert.deepEqual(await (await FakeSession.on(empty)).run(uidBatches, '500'), [
    '* UIDBATCHES (TAG "a1")',
    'OK UIDBATCHES done',
  ])
  await using one = await openMailbox(1)
  assert.equal((await (await FakeSession.on(one)).run(uidBatches, '500'))[0], '* UIDBATCHES (TAG "a1") 1:1')
})

test('UIDBATCHES: who polls is told to stop, until the mailbox is another', async () => {
  await using box = await openMailbox(3)
  const session = await FakeSession.on(box)
  for (let i = 0; i < 100; i++) assert.match((await session.run(uidBatches, '500'))[1]!, /^OK /)
  assert.match((await session.run(uidBatches, '500'))[0]!, /^NO \[LIMIT\] /)
  await box.deliver(...Array.from({ length: 300 }, () => ({ octets: '\r\n' })))
  await session.sync(true)
  assert.match((await session.run(uidBatches, '500'))[1]!, /^OK /)
})

test('batches: together they have every message once, none has too many, ends descend to 1', () => {
  const mailbox = fc
    .uniqueArray(fc.integer({ min: 1, max: 400 }), { minLength: 1 })
    .map(uids => Uint32Array.from(uids).sort())
  fc.assert(
    fc.property(mailbox, fc.integer({ min: 1, max: 60 }), (uids, size) => {
      const ranges = batches(uids, size, [1, Infinity])
      assert.equal(ranges[0]![0], uids[uids.length - 1])
      assert.equal(ranges[ranges.length - 1]![1], 1)
      ranges.forEach(([high, low], i) => {
        assert.ok(high >= low)
        if (i > 0) assert.equal(high, ranges[i - 1]![1] - 1)
        const held = uids.filter(uid => uid <= high && uid >= low).length
        if (i < ranges.length - 1) assert.equal(held, size)
        else assert.ok(held > 0 && held <= size)
      })
      assert.deepEqual(batches(uids, size, [2, 3]), ranges.slice(1, 3))
    }),
  )
})
