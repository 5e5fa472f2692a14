import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { SyntaxFault } from '#base/errors.ts'
import { accountId } from '#base/ids.ts'
import { openDirectory } from '#drivers/directory/directory.ts'
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
