import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Flag } from '#ports/metadata.ts'
import { FakeSession } from '#test/fake-session.ts'
import { openMemoryMail } from '#test/memory-mail.ts'
import { search } from './search.ts'

/** Messages 2, 10 to 15 and 21 of 25 are flagged; UIDs are 100 more. */
const FLAGGED = [2, 10, 11, 12, 13, 14, 15, 21]

async function openMailbox(clock = { now: () => 0 }) {
  const box = await openMemoryMail(clock)
  await box.deliver(...Array.from({ length: 100 }, () => ({ octets: 'Subject: gone\r\n\r\n' })))
  await box.mail.metadata.expunge(box.mail.account, box.inbox, [[1, 100]], false)
  const flags = (n: number) => (FLAGGED.includes(n) ? Flag.flagged : 0)
  await box.deliver(
    ...Array.from({ length: 25 }, (_, i) => ({ octets: `Subject: m${i + 1}\r\n\r\n`, flags: flags(i + 1) })),
  )
  return box
}

const answers: [name: string, args: string, answer: string[]][] = [
  ['the old form', 'FLAGGED', ['* SEARCH 2 10 11 12 13 14 15 21', 'OK SEARCH done']],
  ['the old form without results', 'DELETED', ['* SEARCH', 'OK SEARCH done']],
  ['RETURN ()', 'RETURN () FLAGGED', ['* ESEARCH (TAG "a1") ALL 2,10:15,21', 'OK SEARCH done']],
  ['RETURN (MIN COUNT)', 'RETURN (MIN COUNT) FLAGGED', ['* ESEARCH (TAG "a1") MIN 2 COUNT 8', 'OK SEARCH done']],
  ['RETURN (MIN MAX)', 'RETURN (MIN MAX) FLAGGED', ['* ESEARCH (TAG "a1") MIN 2 MAX 21', 'OK SEARCH done']],
  ['RETURN (MIN)', 'RETURN (MIN) FLAGGED', ['* ESEARCH (TAG "a1") MIN 2', 'OK SEARCH done']],
  ['RETURN (MAX)', 'RETURN (MAX) FLAGGED', ['* ESEARCH (TAG "a1") MAX 21', 'OK SEARCH done']],
  [
    'RETURN with nothing found',
    'RETURN (MIN MAX ALL COUNT) DELETED',
    ['* ESEARCH (TAG "a1") COUNT 0', 'OK SEARCH done'],
  ],
  ['RETURN (SAVE) answers nothing', 'RETURN (SAVE) FLAGGED', ['OK SEARCH done']],
  [
    'PARTIAL from the oldest',
    'RETURN (PARTIAL 2:4) FLAGGED',
    ['* ESEARCH (TAG "a1") PARTIAL (2:4 10:12)', 'OK SEARCH done'],
  ],
  [
    'PARTIAL from the newest',
    'RETURN (PARTIAL -1:-3) FLAGGED',
    ['* ESEARCH (TAG "a1") PARTIAL (-1:-3 14:15,21)', 'OK SEARCH done'],
  ],
  [
    'PARTIAL past the end',
    'RETURN (PARTIAL 7:20) FLAGGED',
    ['* ESEARCH (TAG "a1") PARTIAL (7:20 15,21)', 'OK SEARCH done'],
  ],
  [
    'PARTIAL of nothing',
    'RETURN (PARTIAL 9:20) FLAGGED',
    ['* ESEARCH (TAG "a1") PARTIAL (9:20 NIL)', 'OK SEARCH done'],
  ],
  [
    'PARTIAL and COUNT',
    'RETURN (COUNT PARTIAL 1:1) FLAGGED',
    ['* ESEARCH (TAG "a1") COUNT 8 PARTIAL (1:1 2)', 'OK SEARCH done'],
  ],
  ['numbers above the last', '20:3000 FLAGGED', ['* SEARCH 21', 'OK SEARCH done']],
  ['an unknown charset', 'CHARSET X-FOO ALL', ['NO [BADCHARSET (US-ASCII UTF-8)] charset not known']],
]

for (const [name, args, expected] of answers) {
  test(`SEARCH: ${name}`, async () => {
    await using box = await openMailbox()
    assert.deepEqual(await (await FakeSession.on(box)).run(search, args), expected)
  })
}

test('UID SEARCH: numbers are UIDs', async () => {
  await using box = await openMailbox()
  const session = await FakeSession.on(box)
  assert.deepEqual(await session.run(search, 'FLAGGED 2', 'uid'), ['* SEARCH 102', 'OK SEARCH done'])
  const [esearch] = await session.run(search, 'RETURN (MIN ALL) FLAGGED', 'uid')
  assert.equal(esearch, '* ESEARCH (TAG "a2") UID MIN 102 ALL 102,110:115,121')
})

test('SEARCH: IMAP4rev2 answers ESEARCH', async () => {
  await using box = await openMailbox()
  const session = await FakeSession.on(box)
  session.enabled.rev2 = true
  assert.equal((await session.run(search, 'FLAGGED'))[0], '* ESEARCH (TAG "a1") ALL 2,10:15,21')
  assert.equal((await session.run(search, 'TEXT nowhere'))[0], '* ESEARCH (TAG "a2")')
})

const saves: [returns: string, saved: number[]][] = [
  ['SAVE', FLAGGED],
  ['ALL SAVE', FLAGGED],
  ['SAVE MIN', [2]],
  ['SAVE MAX', [21]],
  ['MAX SAVE MIN', [2, 21]],
  ['MAX SAVE MIN COUNT', FLAGGED],
  ['ALL SAVE MIN', FLAGGED],
  ['SAVE PARTIAL 2:3', [10, 11]],
  ['SAVE PARTIAL 2:3 MIN', [2, 10, 11]],
  ['SAVE PARTIAL 2:3 MAX', [10, 11, 21]],
  ['SAVE PARTIAL -1:-2 MIN MAX', [2, 15, 21]],
  ['SAVE PARTIAL 2:3 COUNT', FLAGGED],
]

for (const [returns, saved] of saves) {
  test(`SEARCH RETURN (${returns}): what $ is then`, async () => {
    await using box = await openMailbox()
    const session = await FakeSession.on(box)
    await session.run(search, `RETURN (${returns}) FLAGGED`)
    assert.deepEqual(
      [...session.saved],
      saved.map(n => n + 100),
    )
    assert.deepEqual((await session.run(search, '$'))[0], `* SEARCH ${saved.join(' ')}`)
    assert.deepEqual((await session.run(search, 'UID $', 'uid'))[0], `* SEARCH ${saved.map(n => n + 100).join(' ')}`)
  })
}

test('SEARCH: when $ stays and when it is emptied', async () => {
  await using box = await openMailbox()
  const session = await FakeSession.on(box)
  await session.run(search, 'RETURN (SAVE) FLAGGED')
  const saved = session.saved
  await session.run(search, 'RETURN (ALL) SEEN')
  await session.run(search, 'CHARSET X-FOO ALL')
  await session.run(search, 'RETURN (SAVE) NOSUCHKEY')
  assert.equal(session.saved, saved)
  await session.run(search, 'RETURN (SAVE) CHARSET X-FOO ALL')
  assert.deepEqual([...session.saved], [])
})

test('SEARCH: messages that are gone drop out of $', async () => {
  await using box = await openMailbox()
  const session = await FakeSession.on(box)
  await session.run(search, 'RETURN (SAVE) FLAGGED')
  await box.mail.metadata.expunge(box.mail.account, box.inbox, [[102, 110]], false)
  await session.sync(true)
  assert.equal((await session.run(search, '$'))[0], '* SEARCH 2 3 4 5 6 12')
})

test('SEARCH: MODSEQ is told when it was asked', async () => {
  await using box = await openMailbox()
  const session = await FakeSession.on(box)
  const set = async (uid: number) =>
    (
      await box.mail.metadata.setFlags(session.account, box.inbox, {
        uids: [[uid, uid]],
        action: 'add',
        flags: Flag.seen,
        keywords: [],
      })
    ).modseq
  const first = await set(103)
  const last = await set(102)
  const lines = async (args: string) => (await session.run(search, args))[0]
  assert.equal(await lines(`MODSEQ "/flags/\\\\Seen" all ${first}`), `* SEARCH 2 3 (MODSEQ ${last})`)
  assert.equal(session.enabled.condstore, true)
  assert.equal(await lines(`MODSEQ ${last + 1}`), '* SEARCH')
  assert.equal(await lines(`RETURN (ALL) MODSEQ ${first}`), `* ESEARCH (TAG "a3") ALL 2:3 MODSEQ ${last}`)
  assert.equal(await lines(`RETURN (MAX) MODSEQ ${first}`), `* ESEARCH (TAG "a4") MAX 3 MODSEQ ${first}`)
  assert.equal(await lines(`RETURN (MIN) MODSEQ ${first}`), `* ESEARCH (TAG "a5") MIN 2 MODSEQ ${last}`)
  assert.equal(await lines(`RETURN (MIN MAX) MODSEQ ${first}`), `* ESEARCH (TAG "a6") MIN 2 MAX 3 MODSEQ ${last}`)
  assert.equal(await lines(`RETURN (MAX COUNT) MODSEQ ${first}`), `* ESEARCH (TAG "a7") MAX 3 COUNT 2 MODSEQ ${last}`)
  assert.equal(await lines(`RETURN (COUNT) MODSEQ ${last + 1}`), '* ESEARCH (TAG "a8") COUNT 0')
})

test('SEARCH: ids as FETCH shows them', async () => {
  await using box = await openMailbox()
  const session = await FakeSession.on(box)
  const { message, thread } = session.view.find(103)!
  assert.equal((await session.run(search, `EMAILID E${message}`))[0], '* SEARCH 3')
  assert.match((await session.run(search, `THREADID T${thread}`))[0]!, /^\* SEARCH .*\b3\b/)
  assert.equal((await session.run(search, `EMAILID ${message}`))[0], '* SEARCH')
})

test('SEARCH: MESSAGELIMIT says where to go on, and $ has what was found', async () => {
  await using box = await openMailbox()
  const session = await FakeSession.on(box)
  session.messageLimit = 12
  const lines = await session.run(search, 'RETURN (ALL SAVE) FLAGGED', 'uid')
  assert.equal(lines[0], '* ESEARCH (TAG "a1") UID ALL 114:115,121')
  assert.match(lines[1]!, /^OK \[MESSAGELIMIT 12 114\] /)
  assert.deepEqual([...session.saved], [114, 115, 121])
  assert.deepEqual(await session.run(search, 'UIDBEFORE 113 FLAGGED', 'uid'), [
    '* SEARCH 102 110 111 112',
    'OK SEARCH done',
  ])
})

test('UID SEARCH: UIDONLY refuses numbers wherever they stand', async () => {
  await using box = await openMailbox()
  const session = await FakeSession.on(box)
  session.enabled.uidOnly = true
  for (const args of ['1:*', 'NOT 5', 'OR SEEN (FLAGGED 3)']) {
    assert.match((await session.run(search, args, 'uid'))[0]!, /^BAD \[UIDREQUIRED\] /, args)
  }
  for (const args of ['ALL', 'UID 5:*', '$']) assert.match((await session.run(search, args, 'uid'))[1]!, /^OK /, args)
})

test('SEARCH: no charset after ENABLE UTF8=ACCEPT', async () => {
  await using box = await openMailbox()
  const session = await FakeSession.on(box)
  assert.match((await session.run(search, 'CHARSET UTF-8 ALL'))[1]!, /^OK /)
  session.enabled.utf8 = true
  assert.match((await session.run(search, 'CHARSET UTF-8 ALL'))[0]!, /^BAD /)
  assert.match((await session.run(search, 'CHARSET X-FOO ALL'))[0]!, /^BAD /)
})

test('SEARCH: finds what came since the last command', async () => {
  await using box = await openMailbox()
  const session = await FakeSession.on(box)
  await box.deliver({ octets: 'Subject: new\r\n\r\n', flags: Flag.draft })
  assert.equal((await session.run(search, 'DRAFT'))[0], '* SEARCH 26')
})

test('SEARCH: who waits hears how far it is', async () => {
  let now = 0
  // Every look at the clock is twelve seconds later than the one before.
  await using box = await openMailbox({ now: () => (now += 12_000) })
  await box.deliver(...Array.from({ length: 3000 }, () => ({ octets: `Subject: x\r\n\r\n${'word '.repeat(100)}` })))
  const session = await FakeSession.on(box)
  const lines = await session.run(search, 'BODY nowhere')
  assert.match(lines[0]!, /^\* OK \[INPROGRESS \("a1" \d+ 3025\)\] /)
  assert.deepEqual(lines.slice(-2), ['* SEARCH', 'OK SEARCH done'])
})
