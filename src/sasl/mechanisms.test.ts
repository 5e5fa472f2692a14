import assert from 'node:assert/strict'
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { SyntaxFault } from '#base/errors.ts'
import { accountId } from '#base/ids.ts'
import { openDirectory } from '#drivers/directory/directory.ts'
import type { Connection } from '#net/connection.ts'
import { listen } from '#net/listener.ts'
import { ensureSelfSigned } from '#net/self-signed.ts'
import { loadTls } from '#net/tls.ts'
import type { SaslContext } from './exchange.ts'
import { mechanisms, startSasl } from './mechanisms.ts'

const dir = await mkdtemp(join(tmpdir(), 'rookery-sasl-'))
let accounts = 0
const users = await openDirectory(dir, {
  createAccount: async () => accountId(++accounts),
  hashing: { memoryKib: 64, passes: 1, parallelism: 1 },
})
after(async () => {
  await users.close()
  await rm(dir, { recursive: true })
})
await users.add('alice', 'Grüße 1')
const fingerprint = 'ab'.repeat(32)
await users.addCertificate('alice', { name: 'laptop', fingerprint })

const secure = { clientFingerprint: null, channelBinding: () => Buffer.alloc(32) }
const context = (changes: Partial<SaslContext> = {}): SaslContext => ({
  users,
  protocol: 'imap',
  plaintext: true,
  secure: null,
  before: async () => {},
  ...changes,
})

const offers: [name: string, changes: Partial<SaslContext>, offered: string][] = [
  ['in clear to strangers', { plaintext: false }, 'SCRAM-SHA-256 SCRAM-SHA-1'],
  ['in clear on loopback', {}, 'SCRAM-SHA-256 SCRAM-SHA-1 PLAIN LOGIN'],
  ['with TLS', { secure }, 'SCRAM-SHA-256-PLUS SCRAM-SHA-1-PLUS SCRAM-SHA-256 SCRAM-SHA-1 PLAIN LOGIN'],
  [
    'with TLS that binds nothing',
    { secure: { clientFingerprint: null, channelBinding: () => null } },
    'SCRAM-SHA-256 SCRAM-SHA-1 PLAIN LOGIN',
  ],
  [
    'with a client certificate',
    { secure: { ...secure, clientFingerprint: fingerprint } },
    'EXTERNAL SCRAM-SHA-256-PLUS SCRAM-SHA-1-PLUS SCRAM-SHA-256 SCRAM-SHA-1 PLAIN LOGIN',
  ],
]
for (const [name, changes, offered] of offers)
  test(`mechanisms: ${name}`, () => assert.equal(mechanisms(context(changes)).join(' '), offered))

test('startSasl: what is not offered cannot be used', () => {
  assert.equal(startSasl('PLAIN', context({ plaintext: false })), null)
  assert.equal(startSasl('EXTERNAL', context({ secure })), null)
  assert.equal(startSasl('SCRAM-SHA-256-PLUS', context()), null)
  assert.equal(startSasl('CRAM-MD5', context()), null)
  assert.ok(startSasl('plain', context()), 'names have no case')
})

/** What comes out of the messages: the challenges, then the answer. */
async function run(name: string, messages: (string | null)[], changes: Partial<SaslContext> = {}): Promise<string> {
  const exchange = startSasl(name, context(changes))
  assert.ok(exchange)
  const out: string[] = []
  for (const message of messages) {
    const step = await exchange.step(message === null ? null : Buffer.from(message, 'utf8'))
    if (step.step === 'challenge') out.push(Buffer.from(step.challenge).toString())
    else out.push(step.answer.ok ? `in as ${step.answer.user.login}` : `${step.answer.reason} ${step.login}`)
  }
  return out.join('|')
}

const certified = { secure: { ...secure, clientFingerprint: fingerprint } }
const runs: [
  name: string,
  mechanism: string,
  messages: (string | null)[],
  outcome: string,
  changes?: Partial<SaslContext>,
][] = [
  ['PLAIN with an initial response', 'PLAIN', ['\0alice\0Grüße 1'], 'in as alice'],
  ['PLAIN without one', 'PLAIN', [null, '\0alice\0Grüße 1'], '|in as alice'],
  ['PLAIN with the same authorization identity', 'PLAIN', ['Alice\0alice\0Grüße 1'], 'in as alice'],
  ['PLAIN as somebody else', 'PLAIN', ['root\0alice\0Grüße 1'], 'not-allowed alice'],
  ['PLAIN with the password decomposed', 'PLAIN', ['\0ALICE\0Gru\u0308ße 1'], 'in as alice'],
  ['PLAIN with a wrong password', 'PLAIN', ['\0alice\0grüße 1'], 'bad-credentials alice'],
  ['PLAIN for nobody', 'PLAIN', ['\0bob\0x'], 'bad-credentials bob'],
  ['LOGIN', 'LOGIN', [null, 'alice', 'Grüße 1'], 'Username:|Password:|in as alice'],
  ['LOGIN with the name at once', 'LOGIN', ['alice', 'Grüße 1'], 'Password:|in as alice'],
  ['LOGIN with a wrong password', 'LOGIN', ['alice', 'x'], 'Password:|bad-credentials alice'],
  ['EXTERNAL for whom the certificate names', 'EXTERNAL', [''], 'in as alice', certified],
  ['EXTERNAL without initial response', 'EXTERNAL', [null, 'alice'], '|in as alice', certified],
  ['EXTERNAL as somebody else', 'EXTERNAL', ['bob'], 'bad-credentials bob', certified],
  [
    'EXTERNAL by a certificate nobody has',
    'EXTERNAL',
    [''],
    'bad-credentials null',
    { secure: { ...secure, clientFingerprint: 'cd'.repeat(32) } },
  ],
]
for (const [name, mechanism, messages, outcome, changes] of runs)
  test(`SASL: ${name}`, async () => assert.equal(await run(mechanism, messages, changes), outcome))

const faults: [name: string, mechanism: string, messages: (string | Buffer)[]][] = [
  ['PLAIN of one part', 'PLAIN', ['alice']],
  ['PLAIN of two parts', 'PLAIN', ['alice\0x']],
  ['PLAIN of four parts', 'PLAIN', ['\0alice\0x\0y']],
  ['PLAIN without a name', 'PLAIN', ['\0\0x']],
  ['PLAIN without a password', 'PLAIN', ['\0alice\0']],
  ['PLAIN that is empty', 'PLAIN', ['']],
  ['PLAIN not in UTF-8', 'PLAIN', [Buffer.from('\0alice\0\xff', 'latin1')]],
  ['LOGIN with an empty name', 'LOGIN', ['']],
  ['LOGIN with NUL', 'LOGIN', ['alice', 'a\0b']],
]
for (const [name, mechanism, messages] of faults)
  test(`SASL: ${name} is a fault`, async () => {
    const exchange = startSasl(mechanism, context())!
    const last = messages.at(-1)!
    for (const message of messages.slice(0, -1)) await exchange.step(Buffer.from(message))
    await assert.rejects(exchange.step(typeof last === 'string' ? Buffer.from(last) : last), SyntaxFault)
  })

test('SASL: whoever is to wait waits before the secret is checked', async () => {
  for (const [mechanism, message] of [
    ['PLAIN', ['\0alice\0Grüße 1']],
    ['LOGIN', ['alice', 'Grüße 1']],
  ] as const) {
    const events: string[] = []
    const watched = {
      verifyPassword: async () => {
        events.push('check')
        return { ok: false, reason: 'bad-credentials' } as const
      },
    } as unknown as SaslContext['users']
    await run(mechanism, [...message], { users: watched, before: async login => void events.push(`wait ${login}`) })
    assert.deepEqual(events, ['wait alice', 'check'])
  }
})

/** An honest client, written from RFC 5802 §3, in front of the mechanism on a real TLS connection and the real directory. */
async function scram(hash: 'sha1' | 'sha256', plus: boolean, password: string): Promise<string> {
  const accepted = Promise.withResolvers<Connection>()
  const tls = await loadTls(await ensureSelfSigned(dir))
  const listener = await listen({ at: { host: '127.0.0.1', port: 0 }, accept: accepted.resolve, tls: () => tls })
  const client = connectTls({
    port: (listener.address as { port: number }).port,
    host: '127.0.0.1',
    rejectUnauthorized: false,
  })
  try {
    const [connection] = await Promise.all([accepted.promise, once(client, 'secureConnect')])
    const exported = client.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0))
    const name = `SCRAM-${hash === 'sha1' ? 'SHA-1' : 'SHA-256'}${plus ? '-PLUS' : ''}`
    const exchange = startSasl(name, context({ secure: connection.secure }))!
    const say = async (text: string) => {
      const step = await exchange.step(Buffer.from(text, 'utf8'))
      if (step.step === 'challenge') return Buffer.from(step.challenge).toString()
      return step.answer.ok ? `in as ${step.answer.user.login}` : step.answer.reason
    }
    const header = plus ? 'p=tls-exporter,,' : 'n,,'
    const bare = 'n=alice,r=clientnonce'
    const serverFirst = await say(header + bare)
    const [nonce = '', salt = '', iterations = ''] = serverFirst.split(',')
    const octets = hash === 'sha1' ? 20 : 32
    const salted = pbkdf2Sync(password, Buffer.from(salt.slice(2), 'base64'), Number(iterations.slice(2)), octets, hash)
    const hmac = (key: Uint8Array, text: string) => createHmac(hash, key).update(text).digest()
    const clientKey = hmac(salted, 'Client Key')
    const binding = Buffer.concat([Buffer.from(header), plus ? exported : Buffer.alloc(0)]).toString('base64')
    const message = `${bare},${serverFirst},c=${binding},${nonce}`
    const signature = hmac(createHash(hash).update(clientKey).digest(), message)
    const proof = Buffer.from(clientKey.map((octet, i) => octet ^ signature[i]!)).toString('base64')
    const serverFinal = await say(`c=${binding},${nonce},p=${proof}`)
    if (!serverFinal.startsWith('v=')) return serverFinal
    assert.equal(serverFinal, `v=${hmac(hmac(salted, 'Server Key'), message).toString('base64')}`)
    return await say('')
  } finally {
    client.destroy()
    await listener.stop()
  }
}

for (const hash of ['sha1', 'sha256'] as const)
  for (const plus of [false, true])
    test(`SCRAM with ${hash}${plus ? ', bound to TLS' : ''}: the password that was set is the one that is proved`, async () => {
      assert.equal(await scram(hash, plus, 'Grüße 1'), 'in as alice')
      assert.equal(await scram(hash, plus, 'Grüße 2'), 'bad-credentials')
    })
