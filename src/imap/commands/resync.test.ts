import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Mail } from '#mail/mail.ts'
import { openMemoryMail } from '#test/memory-mail.ts'
import { ranges } from '../wire/writer.ts'
import { vanishedUids } from './resync.ts'

type Ranges = readonly (readonly [number, number])[]

/** Messages 3, 6, 9, … 30 of 32, in a store whose log of expunges no longer reaches back. RFC 7162 §3.2.5.2 has a larger one. */
async function forgetful() {
  const box = await openMemoryMail()
  await box.deliver(...Array.from({ length: 32 }, (_, i) => ({ octets: `Subject: m${i + 1}\r\n\r\n` })))
  const { metadata, account } = box.mail
  const gone = Array.from({ length: 32 }, (_, i) => i + 1).filter(uid => uid % 3 !== 0)
  const each = gone.map(uid => [uid, uid] as const)
  await metadata.expunge(account, box.inbox, each, false)
  const view = await box.select()
  const forgets = Object.assign(Object.create(metadata), { vanishedSince: async () => null })
  const mail: Mail = { ...box.mail, metadata: forgets }
  return { mail, view }
}

const pairs = (seqs: readonly number[], uids: readonly number[]) => ({
  seqs: seqs.map(n => [n, n] as const),
  uids: uids.map(n => [n, n] as const),
})

const cases: [name: string, asked: Ranges | null, match: { seqs: Ranges; uids: Ranges } | null, vanished: string][] = [
  ['everything that is not there', null, null, '1:2,4:5,7:8,10:11,13:14,16:17,19:20,22:23,25:26,28:29,31:32'],
  ['of the known UIDs', [[5, 10]], null, '5,7:8,10'],
  ['known UIDs beyond the last', [[29, 99]], null, '29,31:32'],
  ['all samples agree', [[1, 30]], pairs([1, 5, 9, 10], [3, 15, 27, 30]), ''],
  ['samples agree up to a message', [[1, 30]], pairs([1, 5, 9], [3, 15, 28]), '16:17,19:20,22:23,25:26,28:29'],
  ['no sample agrees', [[1, 9]], pairs([1, 2], [1, 2]), '1:2,4:5,7:8'],
  ['samples without known UIDs', null, pairs([9], [27]), '28:29,31:32'],
  ['a sample beyond the last message', [[1, 12]], pairs([3, 900], [9, 2700]), '10:11'],
  [
    'a range of a size that no sample has',
    [[1, 9]],
    {
      seqs: [
        [1, 90_000],
        [3, 3],
      ],
      uids: [[9, 9]],
    },
    '1:2,4:5,7:8',
  ],
]

for (const [name, asked, match, vanished] of cases) {
  test(`vanishedUids, when the log does not reach back: ${name}`, async () => {
    const { mail, view } = await forgetful()
    assert.equal(ranges(await vanishedUids(mail, view, 1, asked, match)), vanished)
  })
}

for (const [name, reachesBack] of [
  ['the log reaches back', true],
  ['it does not', false],
] as const) {
  test(`vanishedUids: what went while the answer was made is still counted, and not told twice, when ${name}`, async () => {
    const box = await openMemoryMail()
    await box.deliver(...[1, 2, 3, 4].map(i => ({ octets: `Subject: m${i}\r\n\r\n` })))
    const { metadata, account } = box.mail
    await metadata.expunge(account, box.inbox, [[1, 1]], false)
    const view = await box.select()
    await metadata.expunge(account, box.inbox, [[3, 3]], false)
    await box.mail.states.refresh(account, view.state)
    const mail = reachesBack
      ? box.mail
      : { ...box.mail, metadata: Object.assign(Object.create(metadata), { vanishedSince: async () => null }) }
    assert.equal(ranges(await vanishedUids(mail, view, 1, null)), '1')
    assert.deepEqual(view.sync(true).expunged.uids, [3])
  })
}
