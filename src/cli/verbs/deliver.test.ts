import assert from 'node:assert/strict'
import { test } from 'node:test'
import { octetsOf } from '#base/bytes.ts'
import { StoreFault } from '#base/errors.ts'
import type { Users } from '#ports/users.ts'
import { openMemoryMail } from '#test/memory-mail.ts'
import type { Composition } from '../composition.ts'
import { run } from '../run.ts'
import type { Terminal } from '../terminal.ts'
import { deliver } from './deliver.ts'

const MESSAGE = 'Subject: hi\n\nhello\n'

/** Runs the verb for the user ann (and bob, who is disabled) on a store in memory. */
async function setUp() {
  const store = await openMemoryMail()
  const { mail } = store
  const users: Pick<Users, 'find'> & { close(): Promise<void> } = {
    async find(login) {
      return ['ann', 'bob'].includes(login)
        ? { login, account: mail.account, disabled: login === 'bob', createdAt: 0 }
        : null
    },
    close: async () => {},
  }
  let failing = false
  const composition = {
    openUsers: async () => users,
    async openMail() {
      if (failing) throw new StoreFault('full', 'no room on the disk')
      return { ...mail, close: async () => {} }
    },
  } as unknown as Composition

  async function call(words: readonly string[], input = MESSAGE) {
    let said = ''
    const terminal = {
      env: {},
      out: () => {},
      err(text: string) {
        said += text
      },
      input: (async function* () {
        for (const octet of input) yield Buffer.from(octet, 'latin1')
      })(),
    } as unknown as Terminal
    return { exit: await run(['deliver', ...words], composition, terminal, [deliver]), said }
  }

  async function stored(name = 'INBOX') {
    const box = await mail.metadata.mailboxNamed(mail.account, name)
    if (!box) return null
    const { uid, flags, keywords } = await mail.metadata.entries(mail.account, box.id, 0, 100)
    const rows = await mail.metadata.messages(mail.account, box.id, uid)
    return Promise.all(
      rows.map(async (row, i) => ({
        text: octetsOf(await mail.blobs.read(row.blob, 0, row.blob.octets)),
        flags: flags[i],
        keywords: keywords[i],
      })),
    )
  }
  return {
    call,
    stored,
    mail,
    fail() {
      failing = true
    },
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  }
}

const text = (address: string, sender = ''): string =>
  `Return-Path: <${sender}>\r\nDelivered-To: ${address}\r\nSubject: hi\r\n\r\nhello\r\n`

test('deliver: as a person types it', async () => {
  await using it = await setUp()
  assert.deepEqual(await it.call(['ann']), { exit: 0, said: '' })
  assert.deepEqual(await it.stored(), [{ text: text('ann'), flags: 0, keywords: '' }])
})

test('deliver: as a mail server calls it', async () => {
  await using it = await setUp()
  const words = ['-f', '<me@example.org>', '-a', 'ann+x@example.org', '-s', '-k', '$Forwarded', '-k', 'work']
  assert.deepEqual(await it.call(words), { exit: 0, said: '' })
  assert.deepEqual(await it.stored(), [
    { text: text('ann+x@example.org', 'me@example.org'), flags: 1, keywords: '$Forwarded work' },
  ])
})

test('deliver: into a mailbox', async () => {
  await using it = await setUp()
  await it.mail.metadata.createMailboxes(it.mail.account, [{ name: 'Lists' }])
  assert.equal((await it.call(['-m', 'lists', 'ann'])).exit, 0)
  assert.equal((await it.call(['ann+Lists'])).exit, 0)
  assert.equal((await it.call(['ann+new', '--set', 'mail.create_detail_folder=yes'])).exit, 0)
  assert.equal((await it.stored('Lists'))?.length, 2)
  assert.equal((await it.stored('new'))?.length, 1)
})

const froms: [name: string, input: string, kept: boolean][] = [
  ['is dropped', `From me@example.org Mon Jan  5 10:00:00 2026\n${MESSAGE}`, true],
  ['is not the From field', `From: me\n${MESSAGE}`, false],
]
for (const [name, input, same] of froms) {
  test(`deliver: a "From " line ${name}`, async () => {
    await using it = await setUp()
    await it.call(['ann'], input)
    const [message] = (await it.stored())!
    assert.equal(message?.text === text('ann'), same)
  })
}

const exits: [name: string, words: string[], exit: number, input?: string][] = [
  ['nobody named', [], 64],
  ['an option that is none', ['-x', 'ann'], 64],
  ['a keyword that cannot be', ['-k', 'a b', 'ann'], 64],
  ['no message', ['ann'], 65, ''],
  ['no such user', ['nobody@example.org'], 67],
  ['a user who may not log in', ['bob'], 0, 'Subject: x\n\nhello\n'],
  ['one of two is unknown', ['ann', 'nobody'], 67],
]
for (const [name, words, exit, input] of exits) {
  test(`deliver: ${name} is ${exit}`, async () => {
    await using it = await setUp()
    const answer = await it.call(words, input)
    assert.equal(answer.exit, exit)
    assert.equal(answer.said === '', exit === 0)
    assert.equal((await it.stored())?.length, exit === 0 ? 1 : 0)
  })
}

for (const [policy, exit] of [
  ['temporary', 75],
  ['permanent', 73],
] as const) {
  test(`deliver: over quota is ${exit} when that is ${policy}`, async () => {
    await using it = await setUp()
    for (const octets of [0, 20]) {
      await it.mail.metadata.setQuota(it.mail.account, { octets, messages: null })
      assert.equal((await it.call(['ann', '--set', `mail.over_quota=${policy}`])).exit, exit)
    }
    assert.deepEqual(await it.stored(), [])
  })
}

test('deliver: a full disk is 75: the message waits in the queue', async () => {
  await using it = await setUp()
  it.fail()
  assert.equal((await it.call(['ann'])).exit, 75)
})
