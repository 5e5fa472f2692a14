import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeSession } from '#test/fake-session.ts'
import { openMemoryMail } from '#test/memory-mail.ts'
import { sort } from './sort.ts'

/** By size: 3 2 1 5 4; UIDs are the numbers and 10 more. */
async function openMailbox() {
  const box = await openMemoryMail()
  const plain = (octets: number) => ({ octets: `Subject: s\r\n\r\n${'x'.repeat(octets)}` })
  await box.deliver(...Array.from({ length: 10 }, () => plain(1)))
  await box.mail.metadata.expunge(box.mail.account, box.inbox, [[1, 10]], false)
  await box.deliver(plain(30), plain(20), plain(10), plain(50), plain(40))
  return box
}

const answers: [args: string, answer: string][] = [
  ['(SIZE) UTF-8 ALL', '* SORT 3 2 1 5 4'],
  ['(REVERSE SIZE) US-ASCII ALL', '* SORT 4 5 1 2 3'],
  ['(SIZE) UTF-8 DELETED', '* SORT'],
  ['(SIZE) UTF-8 2:4', '* SORT 3 2 4'],
  ['RETURN () (SIZE) UTF-8 ALL', '* ESEARCH (TAG "a1") ALL 3,2,1,5,4'],
  ['RETURN () (ARRIVAL) UTF-8 ALL', '* ESEARCH (TAG "a1") ALL 1:5'],
  ['RETURN (MIN MAX COUNT) (SIZE) UTF-8 ALL', '* ESEARCH (TAG "a1") MIN 3 MAX 4 COUNT 5'],
  ['RETURN (PARTIAL 2:3) (SIZE) UTF-8 ALL', '* ESEARCH (TAG "a1") PARTIAL (2:3 2,1)'],
  ['RETURN (PARTIAL -1:-2) (SIZE) UTF-8 ALL', '* ESEARCH (TAG "a1") PARTIAL (-1:-2 5,4)'],
  ['RETURN (COUNT) (SIZE) UTF-8 DELETED', '* ESEARCH (TAG "a1") COUNT 0'],
  ['(SIZE) X-FOO ALL', 'NO [BADCHARSET (US-ASCII UTF-8)] charset not known'],
]

for (const [args, expected] of answers) {
  test(`SORT ${args}`, async () => {
    await using box = await openMailbox()
    assert.equal((await (await FakeSession.on(box)).run(sort, args))[0], expected)
  })
}

test('UID SORT', async () => {
  await using box = await openMailbox()
  const session = await FakeSession.on(box)
  assert.equal((await session.run(sort, '(SIZE) UTF-8 1:3', 'uid'))[0], '* SORT 13 12 11')
  assert.equal(
    (await session.run(sort, 'RETURN () (SIZE) UTF-8 1:3', 'uid'))[0],
    '* ESEARCH (TAG "a2") UID ALL 13,12,11',
  )
})

test('SORT: MODSEQ is told when it was asked; $ has UIDs in their own order', async () => {
  await using box = await openMailbox()
  const session = await FakeSession.on(box)
  const modseq = session.view.find(15)!.modseq
  assert.equal((await session.run(sort, '(SIZE) UTF-8 MODSEQ 1'))[0], `* SORT 3 2 1 5 4 (MODSEQ ${modseq})`)
  const [esearch] = await session.run(sort, 'RETURN (ALL SAVE) (SIZE) UTF-8 MODSEQ 1')
  assert.equal(esearch, `* ESEARCH (TAG "a2") ALL 3,2,1,5,4 MODSEQ ${modseq}`)
  assert.deepEqual([...session.saved], [11, 12, 13, 14, 15])
  await session.run(sort, 'RETURN (MIN SAVE) (SIZE) UTF-8 ALL')
  assert.deepEqual([...session.saved], [13])
})

test('SORT: only UTF-8 after ENABLE UTF8=ACCEPT', async () => {
  await using box = await openMailbox()
  const session = await FakeSession.on(box)
  session.enabled.utf8 = true
  assert.match((await session.run(sort, '(SIZE) UTF-8 ALL'))[1]!, /^OK /)
  assert.match((await session.run(sort, '(SIZE) US-ASCII ALL'))[0]!, /^BAD /)
})
