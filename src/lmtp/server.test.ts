import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempDisposable, stat } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type TestContext, test } from 'node:test'
import { octetsOf } from '#base/bytes.ts'
import type { AccountId } from '#base/ids.ts'
import { silentLog } from '#base/log.ts'
import { openStoreInProcess } from '#drivers/embedded/store.ts'
import type { MailServices } from '#mail/mail.ts'
import { States } from '#mail/states.ts'
import type { Place } from '#net/listener.ts'
import { startLmtp } from './server.ts'
import type { DeliveryResult, LmtpListener, LmtpSettings } from './services.ts'

const MESSAGE_OCTETS = 10_000

/** A server with the users ann and bob (and cat, who is disabled) on a store in memory. */
async function serve(t: TestContext, options: { settings?: Partial<LmtpSettings>; listener?: LmtpListener } = {}) {
  const store = await openStoreInProcess(':memory:')
  const accounts = new Map<string, AccountId>()
  for (const login of ['ann', 'bob@example.org', 'cat']) accounts.set(login, await store.createAccount())
  const { metadata, blobs, bus } = store
  const mail: MailServices = {
    metadata,
    blobs,
    bus,
    states: new States(metadata),
    clock: { now: () => 1_700_000_000_000 },
    present: () => ({ envelope: '', bodyStructure: '' }),
    settings: { messageOctets: MESSAGE_OCTETS, folders: [{ name: 'Lists/Node', role: null }] },
  }
  const users = {
    async find(login: string) {
      const account = accounts.get(login)
      return account ? { login, account, disabled: login === 'cat', createdAt: 0 } : null
    },
  }
  const results: DeliveryResult[] = []
  const settings: LmtpSettings = {
    hostname: 'mail.example.org',
    overQuota: 'temporary',
    recipientDelimiter: '+',
    createDetailFolder: false,
    ...options.settings,
  }
  const observe = (result: DeliveryResult) => void results.push(result)
  const lmtp = await startLmtp({ mail, users, log: silentLog, settings, observe }, [
    options.listener ?? { kind: 'tcp', host: '127.0.0.1', port: 0 },
  ])
  t.after(async () => {
    await lmtp.close()
    await store.close()
  })

  /** Texts of what a mailbox holds, in order; null when there is no such mailbox. */
  async function texts(login: string, name = 'INBOX'): Promise<string[] | null> {
    const account = accounts.get(login)!
    const box = await metadata.mailboxNamed(account, name)
    if (!box) return null
    const { uid } = await metadata.entries(account, box.id, 0, 100)
    const rows = await metadata.messages(account, box.id, uid)
    return Promise.all(rows.map(async row => octetsOf(await blobs.read(row.blob, 0, row.blob.octets))))
  }
  return {
    lmtp,
    address: lmtp.addresses[0]!,
    texts,
    metadata,
    account: (login: string) => accounts.get(login)!,
    results,
  }
}

/** A client that says lines and hears whole replies. */
class Client {
  readonly socket: Socket
  readonly #lines: AsyncIterator<string>

  constructor(address: Place) {
    this.socket = connect(address)
    this.socket.on('error', () => {})
    this.socket.setTimeout(5000, () => this.socket.destroy())
    this.#lines = createInterface({ input: this.socket })[Symbol.asyncIterator]()
  }

  static async open(t: TestContext, address: Place): Promise<Client> {
    const client = new Client(address)
    t.after(() => client.socket.destroy())
    assert.match(await client.hear(), /^220 mail\.example\.org LMTP/)
    assert.match(await client.say('LHLO test'), /^250 /m)
    return client
  }

  async hear(): Promise<string> {
    const lines: string[] = []
    for (;;) {
      const { value, done } = await this.#lines.next()
      if (done) return lines.join('\n') || 'closed'
      lines.push(value)
      if (value[3] !== '-') return lines.join('\n')
    }
  }

  say(text: string): Promise<string> {
    this.socket.write(`${text}\r\n`, 'latin1')
    return this.hear()
  }

  /** The replies to RCPT, then those to the message, as their codes. */
  async deliver(
    to: readonly string[],
    message = 'Subject: hi\r\n\r\nhello\r\n',
    from = 'me@example.net',
  ): Promise<string[]> {
    const code = (reply: string) => reply.slice(0, 9)
    assert.match(await this.say(`MAIL FROM:<${from}>`), /^250 2\.1\.0/)
    const replies: string[] = []
    for (const address of to) replies.push(code(await this.say(`RCPT TO:<${address}>`)))
    const accepted = replies.filter(reply => reply.startsWith('250')).length
    if (accepted === 0) return replies
    assert.match(await this.say('DATA'), /^354/)
    this.socket.write(`${message}.\r\n`, 'latin1')
    for (let i = 0; i < accepted; i++) replies.push(code(await this.hear()))
    return replies
  }
}

const stored = (address: string, from = 'me@example.net'): string =>
  `Return-Path: <${from}>\r\nDelivered-To: ${address}\r\nSubject: hi\r\n\r\nhello\r\n`

test('LMTP: offers what it has', async t => {
  const { address } = await serve(t)
  const client = new Client(address)
  t.after(() => client.socket.destroy())
  await client.hear()
  const offered = (await client.say('LHLO test')).split('\n').map(line => line.slice(4))
  assert.deepEqual(offered.slice(1).sort(), [
    '8BITMIME',
    'CHUNKING',
    'ENHANCEDSTATUSCODES',
    'PIPELINING',
    `SIZE ${MESSAGE_OCTETS}`,
    'SMTPUTF8',
  ])
  assert.match(await client.say('EHLO test'), /^500/)
})

test('LMTP: one answer for each recipient, each with a message of its own', async t => {
  const { address, texts, results } = await serve(t)
  const client = await Client.open(t, address)
  const to = ['ann@example.org', 'nobody@example.org', 'bob@example.org', 'cat@example.org', 'ann@example.org']
  assert.deepEqual(await client.deliver(to), [
    '250 2.1.5',
    '550 5.1.1',
    '250 2.1.5',
    '250 2.1.5',
    '250 2.1.5',
    '250 2.0.0',
    '250 2.0.0',
    '250 2.0.0',
    '250 2.0.0',
  ])
  assert.deepEqual(await texts('ann'), [stored('ann@example.org'), stored('ann@example.org')])
  assert.deepEqual(await texts('bob@example.org'), [stored('bob@example.org')])
  assert.deepEqual(await texts('cat'), [stored('cat@example.org')], 'who may not log in does not lose mail')
  assert.deepEqual(results.map(({ result }) => result).sort(), ['refused', 'stored', 'stored', 'stored', 'stored'])
})

test('LMTP: transactions follow one another, and RSET forgets', async t => {
  const { address, texts } = await serve(t)
  const client = await Client.open(t, address)
  await client.say('MAIL FROM:<>')
  await client.say('RCPT TO:<bob@example.org>')
  assert.match(await client.say('RSET'), /^250/)
  assert.deepEqual(await client.deliver(['ann'], undefined, ''), ['250 2.1.5', '250 2.0.0'])
  assert.deepEqual(await client.deliver(['ann']), ['250 2.1.5', '250 2.0.0'])
  assert.deepEqual(await texts('bob@example.org'), [])
  assert.deepEqual(await texts('ann'), [stored('ann', ''), stored('ann')])
})

test('LMTP: pipelined commands and dot-stuffed lines', async t => {
  const { address, texts } = await serve(t)
  const client = await Client.open(t, address)
  client.socket.write('MAIL FROM:<a@b.c> BODY=8BITMIME\r\nRCPT TO:<ann>\r\nDATA\r\n')
  for (const code of ['250', '250', '354']) assert.equal((await client.hear()).slice(0, 3), code)
  client.socket.write('Subject: \xe9\r\n\r\n..dot\r\n...\r\nend\r\n.\r\nQUIT\r\n', 'latin1')
  assert.match(await client.hear(), /^250/)
  assert.match(await client.hear(), /^221/)
  const [text] = (await texts('ann'))!
  assert.equal(text?.slice(text.indexOf('Subject')), 'Subject: \xe9\r\n\r\n.dot\r\n..\r\nend\r\n')
})

const folders: [name: string, address: string, mailbox: string, settings?: Partial<LmtpSettings>][] = [
  ['by its name', 'ann+Lists/Node@example.org', 'Lists/Node'],
  ['in any case', 'ann+lists/node@example.org', 'Lists/Node'],
  ['missing: INBOX', 'ann+nowhere@example.org', 'INBOX'],
  ['missing: created', 'ann+new/one@example.org', 'new/one', { createDetailFolder: true }],
  ['a name that cannot be', 'ann+..@example.org', 'INBOX', { createDetailFolder: true }],
  ['no detail behind the delimiter', 'ann+@example.org', 'INBOX'],
  ['another delimiter', 'ann-lists/node@example.org', 'Lists/Node', { recipientDelimiter: '-' }],
]

for (const [name, recipient, mailbox, settings] of folders) {
  test(`LMTP: folder of a recipient, ${name}`, async t => {
    const { address, texts } = await serve(t, settings ? { settings } : {})
    const client = await Client.open(t, address)
    assert.deepEqual(await client.deliver([recipient]), ['250 2.1.5', '250 2.0.0'])
    assert.deepEqual(await texts('ann', mailbox), [stored(recipient)])
  })
}

test('LMTP: without a delimiter the whole local part is the login', async t => {
  const { address } = await serve(t, { settings: { recipientDelimiter: null } })
  const client = await Client.open(t, address)
  assert.deepEqual(await client.deliver(['ann+x@example.org']), ['550 5.1.1'])
})

for (const [overQuota, answer] of [
  ['temporary', '452 4.2.2'],
  ['permanent', '552 5.2.2'],
] as const) {
  test(`LMTP: over quota is ${overQuota}, for this recipient alone`, async t => {
    const { address, texts, metadata, account } = await serve(t, { settings: { overQuota } })
    const client = await Client.open(t, address)
    await metadata.setQuota(account('ann'), { octets: 50, messages: null })
    assert.deepEqual(await client.deliver(['ann', 'bob@example.org']), ['250 2.1.5', '250 2.1.5', answer, '250 2.0.0'])
    await metadata.setQuota(account('ann'), { octets: 0, messages: null })
    assert.deepEqual(await client.deliver(['ann']), [answer])
    assert.deepEqual(await texts('ann'), [])
    await client.say('RSET')
    await metadata.setQuota(account('ann'), { octets: null, messages: null })
    assert.deepEqual(await client.deliver(['ann']), ['250 2.1.5', '250 2.0.0'])
  })
}

test('LMTP: too big, for a recipient that is named twice', async t => {
  const { address, texts } = await serve(t)
  const client = await Client.open(t, address)
  assert.match(await client.say(`MAIL FROM:<a@b.c> SIZE=${MESSAGE_OCTETS + 1}`), /^552 5\.3\.4/)
  const message = (octets: number) => `${'x'.repeat(octets - 2)}\r\n`
  assert.deepEqual(await client.deliver(['ann', 'ann'], message(MESSAGE_OCTETS + 1)), [
    '250 2.1.5',
    '250 2.1.5',
    '552 5.3.4',
    '552 5.3.4',
  ])
  assert.deepEqual(await texts('ann'), [])
  assert.deepEqual(await client.deliver(['ann'], message(MESSAGE_OCTETS)), ['250 2.1.5', '250 2.0.0'])
})

test('LMTP: a sender that leaves in the middle stores nothing', async t => {
  const { address, texts } = await serve(t)
  const client = await Client.open(t, address)
  for (const line of ['MAIL FROM:<a@b.c>', 'RCPT TO:<ann>', 'DATA']) await client.say(line)
  client.socket.write('Subject: hal')
  client.socket.destroy()
  await once(client.socket, 'close')
  const other = await Client.open(t, address)
  assert.match(await other.say('NOOP'), /^250/)
  assert.deepEqual(await texts('ann'), [])
})

test('LMTP: no more recipients than the limit, repeated ones included', async t => {
  const { address } = await serve(t)
  const client = await Client.open(t, address)
  await client.say('MAIL FROM:<a@b.c>')
  client.socket.write('RCPT TO:<ann>\r\n'.repeat(101))
  for (let i = 0; i < 100; i++) assert.match(await client.hear(), /^250/)
  assert.match(await client.hear(), /^452/)
})

test('LMTP: a command without end is cut off', async t => {
  const { address } = await serve(t)
  const client = await Client.open(t, address)
  assert.match(await client.say(`NOOP ${'x'.repeat(10_000)}`), /^421/)
  assert.equal(await client.hear(), 'closed')
})

test('LMTP: on a unix socket, which the group may use', async t => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'lmtp-'))
  const path = join(folder.path, 'lmtp')
  const { address, texts, lmtp } = await serve(t, { listener: { kind: 'unix', path } })
  assert.equal((await stat(path)).mode & 0o777, 0o660)
  const client = await Client.open(t, address)
  assert.deepEqual(await client.deliver(['ann']), ['250 2.1.5', '250 2.0.0'])
  assert.equal((await texts('ann'))?.length, 1)
  await lmtp.close()
})

test('LMTP: BDAT in several chunks, with answers for recipients at the last', async t => {
  const { address, texts } = await serve(t)
  const client = await Client.open(t, address)
  client.socket.write(
    'MAIL FROM:<a@b.c>\r\nRCPT TO:<ann>\r\nRCPT TO:<bob@example.org>\r\nBDAT 14\r\nSubject: hi\r\n.BDAT 6\r\n\r\n..\n.BDAT 0 LAST\r\nNOOP\r\n',
  )
  const replies: string[] = []
  for (let i = 0; i < 8; i++) replies.push((await client.hear()).slice(0, 9))
  assert.deepEqual(replies, [
    '250 2.1.0',
    '250 2.1.5',
    '250 2.1.5',
    '250 2.0.0',
    '250 2.0.0',
    '250 2.0.0',
    '250 2.0.0',
    '250 2.0.0',
  ])
  const [text] = (await texts('ann'))!
  assert.equal(text?.slice(text.indexOf('Subject')), 'Subject: hi\r\n.\r\n..\r\n.')
  assert.equal((await texts('bob@example.org'))?.length, 1)
})

test('LMTP: BDAT without recipients is swallowed; RSET between chunks gives the message up', async t => {
  const { address, texts } = await serve(t)
  const client = await Client.open(t, address)
  client.socket.write('MAIL FROM:<a@b.c>\r\nRCPT TO:<nobody>\r\nBDAT 6 LAST\r\nQUIT\r\nRSET\r\n')
  for (const code of ['250', '550', '503', '250']) assert.equal((await client.hear()).slice(0, 3), code)
  client.socket.write('MAIL FROM:<a@b.c>\r\nRCPT TO:<ann>\r\nBDAT 3\r\nabcRSET\r\n')
  for (const code of ['250', '250', '250', '250']) assert.equal((await client.hear()).slice(0, 3), code)
  assert.deepEqual(await client.deliver(['ann']), ['250 2.1.5', '250 2.0.0'])
  assert.deepEqual(await texts('ann'), [stored('ann')])
})

const wrong: [name: string, lines: string[], answer: RegExp][] = [
  ['nothing before LHLO', ['MAIL FROM:<a@b.c>'], /^503 5\.5\.1/],
  ['a web page before LHLO', ['POST / HTTP/1.1'], /^421/],
  ['no SMTP', ['EHLO test'], /^500/],
  ['RCPT before MAIL', ['LHLO x', 'RCPT TO:<ann>'], /^503/],
  ['DATA before RCPT', ['LHLO x', 'MAIL FROM:<>', 'DATA'], /^503/],
  ['MAIL twice', ['LHLO x', 'MAIL FROM:<>', 'MAIL FROM:<>'], /^503/],
  ['MAIL without brackets', ['LHLO x', 'MAIL FROM:a@b.c'], /^501 5\.1\.7/],
  ['RCPT of nobody', ['LHLO x', 'MAIL FROM:<>', 'RCPT TO:<>'], /^501 5\.1\.3/],
  ['a parameter that is not known', ['LHLO x', 'MAIL FROM:<> BODY=BINARYMIME'], /^555/],
  ['all parameters', ['LHLO x', 'MAIL FROM:<\xc3\xa4@b.c> BODY=8BITMIME SMTPUTF8 SIZE=10'], /^250/],
  ['a source route is dropped', ['LHLO x', 'MAIL FROM:<>', 'RCPT TO:<@a.b,@c.d:ann@example.org>'], /^250 2\.1\.5/],
  ['a quoted local part', ['LHLO x', 'MAIL FROM:<>', 'RCPT TO:<"ann"@example.org>'], /^250 2\.1\.5/],
  ['ten commands that are none', ['LHLO x', ...Array(10).fill('XYZZY')], /^421/],
]

for (const [name, lines, answer] of wrong) {
  test(`LMTP: ${name}`, async t => {
    const { address } = await serve(t)
    const client = new Client(address)
    t.after(() => client.socket.destroy())
    await client.hear()
    let last = ''
    for (const line of lines) last = await client.say(line)
    assert.match(last, answer)
  })
}

test('LMTP: drain lets a running transaction end and sends idle ones away', async t => {
  const { address, texts, lmtp } = await serve(t)
  const idle = await Client.open(t, address)
  const busy = await Client.open(t, address)
  for (const line of ['MAIL FROM:<a@b.c>', 'RCPT TO:<ann>', 'DATA']) await busy.say(line)
  const drained = lmtp.drain(5000)
  assert.match(await idle.hear(), /^421/)
  busy.socket.write('Subject: hi\r\n\r\nhello\r\n.\r\n')
  assert.match(await busy.hear(), /^250/)
  assert.match(await busy.hear(), /^421/)
  await drained
  assert.equal((await texts('ann'))?.length, 1)
})
