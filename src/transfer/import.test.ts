import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { type Refusal, StoreFault } from '#base/errors.ts'
import type { Mail } from '#mail/mail.ts'
import { Flag, type Metadata } from '#ports/metadata.ts'
import { openMemoryMail } from '#test/memory-mail.ts'
import { importing, snapshot } from './transfer-support.test.ts'

const folder = await mkdtemp(join(tmpdir(), 'rookery-import-'))
after(() => rm(folder, { recursive: true }))
let made = 0

/** A folder with these files, and a data folder beside it. */
async function place(files: Readonly<Record<string, string>>) {
  const home = join(folder, String(++made))
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(home, 'mail', name)), { recursive: true })
    await writeFile(join(home, 'mail', name), text, 'latin1')
  }
  return { path: join(home, 'mail'), data: join(home, 'data') }
}

/** Answers as the real one, but for those methods that are given. */
function withMetadata(mail: Mail, methods: (real: Metadata) => Partial<Metadata>): Mail {
  const other = methods(mail.metadata)
  const metadata = new Proxy(mail.metadata, {
    get(real, name: keyof Metadata) {
      const method: unknown = real[name]
      return other[name] ?? (method instanceof Function ? method.bind(real) : method)
    },
  })
  return { ...mail, metadata }
}

const message = (number: number, more = '') => `Subject: ${number}\n${more}\nbody ${number}\n`
const mbox = (numbers: readonly number[], more: (number: number) => string = () => '') =>
  numbers.map(number => `From a Thu Jan  1 00:00:07 1970\n${message(number, more(number))}\n`).join('')
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i)

/** Mailboxes that have mail, with the numbers of their messages. */
async function numbers(mail: Mail) {
  const all = (await snapshot(mail)).filter(each => each.letters.length > 0)
  return Object.fromEntries(
    all.map(each => [
      each.name,
      each.letters.map(({ octets }) => Number(/Subject: (\d+)/.exec(octets.toString())?.[1])),
    ]),
  )
}

const layouts: [
  name: string,
  files: Record<string, string>,
  into: string | null,
  mailboxes: Record<string, number[]>,
][] = [
  [
    'an mbox folder as mutt has it',
    { inbox: mbox([1]), 'lists/a': mbox([2]), 'lists/b.mbox': mbox([3]) },
    null,
    { INBOX: [1], 'lists/a': [2], 'lists/b': [3] },
  ],
  [
    'local folders of Thunderbird',
    { Inbox: mbox([1]), 'Inbox.msf': 'x', 'Inbox.sbd/Sub': mbox([2]), 'Inbox.sbd/Sub.msf': 'x' },
    null,
    { INBOX: [1], 'INBOX/Sub': [2] },
  ],
  ['a folder into a mailbox', { Sent: mbox([1]), 'a/b': mbox([2]) }, 'Old', { 'Old/Sent': [1], 'Old/a/b': [2] }],
  ['a Maildir', { 'cur/1.a:2,S': message(1), 'new/2.a': message(2), 'tmp/3.a': message(3) }, null, { INBOX: [1, 2] }],
  [
    'a Maildir into a mailbox',
    { 'cur/1.a:2,S': message(1), 'new/x': '', '.Sub.Two/cur/2.a:2,': message(2) },
    'Old',
    { Old: [1, Number.NaN], 'Old/Sub/Two': [2] },
  ],
  [
    'Maildirs in folders',
    { 'Sent/cur/1.a:2,S': message(1), 'Sent/2026/cur/2.a:2,': message(2) },
    null,
    { Sent: [1], 'Sent/2026': [2] },
  ],
  [
    'letters',
    { '2.eml': message(2), '10.eml': message(10), 'notes.txt': 'x', 'Deep/er/1.EML': message(1) },
    null,
    { INBOX: [2, 10], 'Deep/er': [1] },
  ],
  ['names that no mailbox has', { '100%': mbox([1]), 'a*b': mbox([2]) }, null, { '100_': [1], a_b: [2] }],
]
for (const [name, files, into, mailboxes] of layouts) {
  test(`import: ${name}`, async () => {
    const { path, data } = await place(files)
    await using to = await openMemoryMail()
    const { problems } = await importing(data, to.mail, { path, into })
    assert.deepEqual(await numbers(to.mail), mailboxes)
    assert.deepEqual(problems, [])
  })
}

test('import: one mbox file, and one message', async () => {
  const { path, data } = await place({ 'a.mbox': mbox([1, 2]), 'b.eml': message(3) })
  await using to = await openMemoryMail()
  await importing(data, to.mail, { path: join(path, 'a.mbox'), into: 'A' })
  await importing(data, to.mail, { path: join(path, 'b.eml') })
  assert.deepEqual(await numbers(to.mail), { INBOX: [3], A: [1, 2] })
})

test('import: a Maildir of Dovecot keeps flags, keywords, UIDs and dates', async () => {
  const { path, data } = await place({
    'cur/20.b,S=5,W=6:2,FSb': message(1),
    'cur/10.a:2,Ta': message(2),
    'new/30.c': message(3),
    'dovecot-keywords': '0 work\n1 $Junk\n',
    'dovecot-uidlist': '3 V1 N100\n7 :20.b,S=5,W=6\n9 :10.a\n',
  })
  await utimes(join(path, 'cur/10.a:2,Ta'), 1000.5, 1000.5)
  await using to = await openMemoryMail()
  await importing(data, to.mail, { path })
  const [{ letters } = assert.fail()] = await snapshot(to.mail)
  assert.deepEqual(
    letters.map(({ uid, flags, keywords }) => ({ uid, flags, keywords })),
    [
      { uid: 7, flags: Flag.flagged | Flag.seen, keywords: ['$Junk'] },
      { uid: 9, flags: Flag.deleted, keywords: ['work'] },
      { uid: 10, flags: 0, keywords: [] },
    ],
  )
  assert.equal(letters[1]!.receivedAt, 1_000_500)
})

test('import: a letter without a list is as old as its Date says', async () => {
  const { path, data } = await place({ 'a.eml': 'Date: Tue, 13 Feb 2024 10:20:30 +0100\n\nx\n' })
  await using to = await openMemoryMail()
  await importing(data, to.mail, { path })
  const [{ letters } = assert.fail()] = await snapshot(to.mail)
  assert.deepEqual([letters[0]!.receivedAt, letters[0]!.zone], [Date.parse('2024-02-13T09:20:30Z'), 60])
})

test('import: run again, nothing is doubled; new mail comes; real doubles stay two; --again brings all', async () => {
  const { path, data } = await place({ a: mbox([1, 2, 2]) })
  await using to = await openMemoryMail()
  const first = await importing(data, to.mail, { path })
  assert.deepEqual([first.report.messages, first.report.skipped], [3, 0])
  // The mail program marked everything as seen, which moved all places, and one came.
  await writeFile(
    join(path, 'a'),
    mbox([1, 2, 2, 4], () => 'Status: RO\n'),
  )
  const second = await importing(data, to.mail, { path })
  assert.deepEqual([second.report.messages, second.report.skipped], [1, 3])
  assert.deepEqual(await numbers(to.mail), { a: [1, 2, 2, 4] })
  const third = await importing(data, to.mail, { path, again: true })
  assert.deepEqual([third.report.messages, third.report.skipped], [4, 0])
})

for (const [name, append] of [
  ['before', () => Promise.reject(new StoreFault('unavailable', 'away'))],
  [
    'after',
    async (real: Metadata, ...args: Parameters<Metadata['append']>) => {
      await real.append(...args)
      throw new StoreFault('unavailable', 'away')
    },
  ],
] as const) {
  test(`import: interrupted just ${name} a batch was kept, it goes on where it was and keeps UIDs`, async () => {
    const uidOf = (number: number) => `X-UID: ${number * 2 + 10}\n`
    const { path, data } = await place({ a: mbox(range(0, 700), uidOf) })
    await using to = await openMemoryMail()
    let batches = 0
    const failing = withMetadata(to.mail, real => ({
      append: (...args) => (++batches === 2 ? append(real, ...args) : real.append(...args)),
    }))
    await assert.rejects(importing(data, failing, { path }), StoreFault)
    const { report } = await importing(data, to.mail, { path })
    assert.equal(report.skipped, name === 'before' ? 250 : 500)
    const [, { letters } = assert.fail()] = await snapshot(to.mail)
    assert.deepEqual(
      letters.map(each => each.uid),
      range(0, 700).map(number => number * 2 + 10),
    )
    assert.deepEqual((await numbers(to.mail)).a, range(0, 700))
  })
}

test('import: UIDs are not kept in a mailbox that has had mail, and that is counted', async () => {
  const { path, data } = await place({ a: mbox([5, 6], number => `X-UID: ${number}\n`) })
  await using to = await openMemoryMail()
  await to.deliver({ octets: 'Subject: 1\r\n\r\n' })
  const { report } = await importing(data, to.mail, { path: join(path, 'a') })
  assert.equal(report.renumbered, 2)
  const [{ letters } = assert.fail()] = await snapshot(to.mail)
  assert.deepEqual(
    letters.map(each => each.uid),
    [1, 2, 3],
  )
})

test('import: what is too big or gone is told of by its place, and the rest comes', async () => {
  const big = `Subject: 2\n\n${'x'.repeat(400_000)}\n`
  const { path, data } = await place({
    'a/cur/1.a:2,': message(1),
    'a/cur/2.b:2,': big,
    'a/cur/4.d:2,': message(4),
    b: `From a Thu Jan  1 00:00:07 1970\n${message(1)}\nFrom a Thu Jan  1 00:00:07 1970\n${big}\n${mbox([3])}`,
  })
  await symlink('nowhere', join(path, 'a/cur/3.c:2,'))
  await using to = await openMemoryMail()
  const mail = { ...to.mail, settings: { ...to.mail.settings, messageOctets: 300_000 } }
  const maildir = await importing(data, mail, { path: join(path, 'a') })
  assert.deepEqual(maildir.problems, [
    { place: 'cur/2.b:2,', problem: 'is too big: 400016 octets, at most 300000 are taken' },
    { place: 'cur/3.c:2,', problem: 'is gone' },
  ])
  assert.deepEqual([maildir.report.messages, maildir.report.problems], [2, 2])
  const file = await importing(data, mail, { path: join(path, 'b') })
  assert.deepEqual(
    file.problems.map(each => each.place),
    [`b@${31 + message(1).length + 2}`],
  )
  assert.deepEqual(await numbers(to.mail), { INBOX: [1, 4, 1, 3] })
})

test('import: a full account says how far it came, and goes on when there is room', async () => {
  const { path, data } = await place({ a: mbox(range(0, 600)) })
  await using to = await openMemoryMail()
  await to.mail.metadata.setQuota(to.mail.account, { octets: null, messages: 300 })
  await assert.rejects(importing(data, to.mail, { path }), (error: Refusal) => {
    assert.match(error.message, /250 messages came, a is not whole/)
    return error.reason === 'over-quota'
  })
  await to.mail.metadata.setQuota(to.mail.account, { octets: null, messages: null })
  await importing(data, to.mail, { path })
  assert.deepEqual(await numbers(to.mail), { a: range(0, 600) })
})

test('import: a dry run counts and changes nothing', async () => {
  const { path, data } = await place({ a: mbox([1, 2]), 'b/c': mbox([3]) })
  await using to = await openMemoryMail()
  const before = await snapshot(to.mail)
  const { report } = await importing(data, to.mail, { path, dryRun: true })
  assert.deepEqual([report.messages, report.mailboxes, report.skipped], [3, 2, 0])
  assert.deepEqual(await snapshot(to.mail), before)
  await importing(data, to.mail, { path })
  const journals = await readdir(join(data, 'imports'))
  const again = await importing(data, to.mail, { path, dryRun: true })
  assert.deepEqual([again.report.messages, again.report.skipped], [0, 3])
  assert.deepEqual(await readdir(join(data, 'imports')), journals)
})

test('import: the same folder under another name is another source', async () => {
  const { path, data } = await place({ a: mbox([1]) })
  await using to = await openMemoryMail()
  await importing(data, to.mail, { path })
  await rename(path, `${path}2`)
  assert.equal((await importing(data, to.mail, { path: `${path}2` })).report.messages, 1)
})

const refused: [name: string, files: Record<string, string>, path: string, why: RegExp][] = [
  ['nothing there', {}, 'nowhere', /nowhere is gone/],
  ['no mail in it', { 'x.msf': '' }, '', /has no mail that could be read/],
]
for (const [name, files, path, why] of refused) {
  test(`import: ${name}`, async () => {
    const home = await place({ ...files, 'x.msf': '' })
    await using to = await openMemoryMail()
    await assert.rejects(importing(home.data, to.mail, { path: join(home.path, path) }), (error: Refusal) => {
      assert.match(error.message, why)
      return error.reason === 'not-possible'
    })
  })
}

test('import: the bar ends where it said it would', async () => {
  const { path, data } = await place({ a: mbox(range(0, 20)), 'b.d/cur/1.a:2,': message(1) })
  await using to = await openMemoryMail()
  for (const each of ['a', 'b.d']) {
    const seen: { done: number; total: number }[] = []
    await importing(data, to.mail, { path: join(path, each), onProgress: progress => seen.push(progress) })
    assert.deepEqual([seen[0]!.done, seen.at(-1)!.done], [0, seen[0]!.total])
  }
})
