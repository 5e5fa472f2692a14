import assert from 'node:assert/strict'
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto'
import { test } from 'node:test'
import { SyntaxFault } from '#base/errors.ts'
import { accountId } from '#base/ids.ts'
import type { Login, ScramHash, ScramVerifier, Users } from '#ports/users.ts'
import type { SaslContext, SaslStep } from './exchange.ts'
import { ScramExchange, type ScramOptions } from './scram.ts'

const digestOf = (hash: ScramHash) => (hash === 'SHA-1' ? 'sha1' : 'sha256')
const hmac = (hash: ScramHash, key: Uint8Array, text: string) => createHmac(digestOf(hash), key).update(text).digest()

/** The client's side, from the password. RFC 5802 §3 */
function keysOf(hash: ScramHash, secret: string, salt: Uint8Array, iterations: number) {
  const salted = pbkdf2Sync(secret, salt, iterations, hash === 'SHA-1' ? 20 : 32, digestOf(hash))
  const clientKey = hmac(hash, salted, 'Client Key')
  const storedKey = createHash(digestOf(hash)).update(clientKey).digest()
  return { clientKey, storedKey, serverKey: hmac(hash, salted, 'Server Key') }
}

const alice: Login = { login: 'user', account: accountId(1), credential: 'c1' }

type Setup = Partial<ScramOptions> & {
  salt?: string
  iterations?: number
  known?: boolean
  secure?: SaslContext['secure']
}

function start(setup: Setup = {}) {
  const { hash = 'SHA-256', iterations = 4096, known = true, secure = null } = setup
  const salt = Buffer.from(setup.salt ?? 'W22ZaJ0SNY7soEsUEjb6gQ==', 'base64')
  const { storedKey, serverKey } = keysOf(hash, 'pencil', salt, iterations)
  const verifier: ScramVerifier = { salt, iterations, storedKey, serverKey }
  const events: string[] = []
  const users = {
    scramVerifier: async (login: string) => {
      events.push(`look up ${login}`)
      return { verifier, user: known ? alice : null }
    },
    used: ({ login }: Login) => void events.push(`used ${login}`),
  } as unknown as Users
  const before = async (login: string) => void events.push(`before ${login}`)
  const exchange = new ScramExchange(
    { users, protocol: 'imap', plaintext: true, secure, before },
    { hash, plus: false, plusOffered: false, ...setup },
  )
  const say = async (text: string): Promise<string> => shown(await exchange.step(Buffer.from(text, 'utf8')))
  return { exchange, say, events }
}

const shown = (step: SaslStep): string =>
  step.step === 'challenge'
    ? Buffer.from(step.challenge).toString()
    : step.answer.ok
      ? `in as ${step.answer.user.login}`
      : `out: ${step.answer.reason} ${step.login}`

/** client-final of an honest client. */
function finalFor(
  serverFirst: string,
  bare: string,
  options: { hash?: ScramHash; bound?: Uint8Array; secret?: string } = {},
): string {
  const { hash = 'SHA-256', bound = Buffer.from('n,,'), secret = 'pencil' } = options
  const [nonce = '', salt = '', iterations = ''] = serverFirst.split(',')
  const { clientKey, storedKey } = keysOf(
    hash,
    secret,
    Buffer.from(salt.slice(2), 'base64'),
    Number(iterations.slice(2)),
  )
  const withoutProof = `c=${Buffer.from(bound).toString('base64')},${nonce}`
  const signature = hmac(hash, storedKey, `${bare},${serverFirst},${withoutProof}`)
  return `${withoutProof},p=${Buffer.from(clientKey.map((octet, i) => octet ^ signature[i]!)).toString('base64')}`
}

test('SCRAM-SHA-1: the exchange of RFC 5802 §5', async () => {
  const { exchange, say, events } = start({
    hash: 'SHA-1',
    salt: 'QSXCR+Q6sek8bf92',
    makeNonce: () => '3rfcNHYJY1ZVvWVs7j',
  })
  assert.equal(
    await say('n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL'),
    'r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096',
  )
  assert.deepEqual(events, ['look up user'])
  assert.equal(
    await say('c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts='),
    'v=rmF9pqV8S7suAoZWja4dJRkFsKQ=',
  )
  assert.deepEqual(events, ['look up user', 'before user'])
  assert.deepEqual(await exchange.step(null), { step: 'done', answer: { ok: true, user: alice }, login: 'user' })
  assert.deepEqual(events, ['look up user', 'before user', 'used user'])
})

test('SCRAM-SHA-256: the exchange of RFC 7677 §3', async () => {
  const { say } = start({ makeNonce: () => '%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0' })
  assert.equal(
    await say('n,,n=user,r=rOprNGfwEbeRWgbNEkqO'),
    'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096',
  )
  assert.equal(
    await say(
      'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
    ),
    'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=',
  )
  assert.equal(await say(''), 'in as user')
})

test('SCRAM: without an initial response the client is asked for one', async () => {
  const { exchange, say } = start()
  assert.equal(shown(await exchange.step(null)), '')
  assert.match(await say('n,,n=user,r=abc'), /^r=abc[^,]{20,},s=/)
})

test('SCRAM: each exchange has its own nonce', async () => {
  const [one, two] = [await start().say('n,,n=user,r=abc'), await start().say('n,,n=user,r=abc')]
  assert.notEqual(one, two)
})

test('SCRAM: a wrong password, and an unknown login with the right one, get the same answer', async () => {
  for (const [known, secret] of [
    [true, 'pen'],
    [false, 'pencil'],
  ] as const) {
    const { say, events } = start({ known })
    const serverFirst = await say('n,,n=user,r=abc')
    assert.equal(await say(finalFor(serverFirst, 'n=user,r=abc', { secret })), 'out: bad-credentials user')
    assert.deepEqual(events, ['look up user', 'before user'])
  }
})

const changed: [name: string, change: (final: string) => string][] = [
  ['nonce', final => final.replace(/r=abc./, 'r=abc~')],
  ['shorter nonce', final => final.replace(/,r=[^,]*/, ',r=abc')],
  ['binding', final => final.replace('c=biws', `c=${Buffer.from('y,,').toString('base64')}`)],
  ['proof', final => final.replace(/p=(.)/, (_, first) => `p=${first === 'A' ? 'B' : 'A'}`)],
  ['shorter proof', final => final.replace(/p=.*/, 'p=AAAA')],
  ['longer proof', final => `${final.replace(/=+$/, '')}AAAA`],
]
for (const [name, change] of changed)
  test(`SCRAM: a changed ${name} is refused`, async () => {
    const { say } = start()
    const final = finalFor(await say('n,,n=user,r=abc'), 'n=user,r=abc')
    assert.notEqual(change(final), final)
    assert.equal(await say(change(final)), 'out: bad-credentials user')
  })

const faulty: [name: string, message: string][] = [
  ['empty', ''],
  ['no GS2 header', 'n=user,r=abc'],
  ['a mandatory extension', 'n,,m=x,n=user,r=abc'],
  ['no nonce', 'n,,n=user'],
  ['an empty nonce', 'n,,n=user,r='],
  ['a nonce with a space', 'n,,n=user,r=a b'],
  ['no name', 'n,,r=abc'],
  ['an escape that is none', 'n,,n=us=2Der,r=abc'],
  ['not UTF-8', 'n,,n=\xff,r=abc'],
]
for (const [name, message] of faulty)
  test(`SCRAM: a first message that is not one: ${name}`, () =>
    assert.rejects(start().exchange.step(Buffer.from(message, 'latin1')), SyntaxFault))

for (const final of ['', 'c=biws,r=abc', 'r=abc,c=biws,p=AAAA', 'c=biws,r=abc,p=AAAA,x=1', 'c=!,r=abc,p=AAAA'])
  test(`SCRAM: a last message that is not one: '${final}'`, async () => {
    const { say } = start()
    await say('n,,n=user,r=abc')
    await assert.rejects(say(final), SyntaxFault)
  })

test('SCRAM: the answer to the signature is empty', async () => {
  const { say } = start()
  await say(finalFor(await say('n,,n=user,r=abc'), 'n=user,r=abc'))
  await assert.rejects(say('x'), SyntaxFault)
})

test('SCRAM: names are unescaped, and extensions are kept in what is signed', async () => {
  const { say, events } = start()
  const bare = 'n=a=3Db=2Cc,r=abc,x=later'
  assert.match(await say(finalFor(await say(`n,,${bare}`), bare)), /^v=/)
  assert.deepEqual(events, ['look up a=b,c', 'before a=b,c'])
})

test('SCRAM: an authorization identity may repeat the name and be no other', async () => {
  const { say } = start()
  assert.match(
    await say(finalFor(await say('n,a=User,n=user,r=abc'), 'n=user,r=abc', { bound: Buffer.from('n,a=User,') })),
    /^v=/,
  )
  assert.equal(await start().say('n,a=root,n=user,r=abc'), 'out: bad-credentials user')
})

const exporter = Buffer.alloc(32, 7)
const endPoint = Buffer.alloc(32, 9)
const secure = {
  clientFingerprint: null,
  channelBinding: (type: string) => (type === 'tls-exporter' ? exporter : endPoint),
}
const plus = { plus: true, plusOffered: true, secure }

for (const [type, octets] of [
  ['tls-exporter', exporter],
  ['tls-server-end-point', endPoint],
] as const) {
  const header = `p=${type},,`
  test(`SCRAM-PLUS: bound by ${type}`, async () => {
    const { say } = start(plus)
    const bound = Buffer.concat([Buffer.from(header), octets])
    assert.match(await say(finalFor(await say(`${header}n=user,r=abc`), 'n=user,r=abc', { bound })), /^v=/)
    assert.equal(await say(''), 'in as user')
  })
  test(`SCRAM-PLUS: the ${type} of another connection is refused`, async () => {
    const { say } = start(plus)
    const bound = Buffer.concat([Buffer.from(header), Buffer.alloc(32, 1)])
    assert.equal(
      await say(finalFor(await say(`${header}n=user,r=abc`), 'n=user,r=abc', { bound })),
      'out: bad-credentials user',
    )
  })
}

const downgrades: [name: string, setup: Setup, header: string, outcome: RegExp][] = [
  ['a client that does not bind cannot use -PLUS', plus, 'n,,', /^out/],
  ['nor one that thinks it is not offered', plus, 'y,,', /^out/],
  ['an unknown binding', plus, 'p=tls-unique,,', /^out/],
  [
    'a binding TLS does not have',
    { ...plus, secure: { ...secure, channelBinding: () => null } },
    'p=tls-exporter,,',
    /^out/,
  ],
  ['a binding without -PLUS', { ...plus, plus: false }, 'p=tls-exporter,,', /^out/],
  ['somebody took -PLUS from the list', { ...plus, plus: false }, 'y,,', /^out/],
  ['-PLUS was not offered, as the client believes', {}, 'y,,', /^r=/],
  ['the client cannot bind', { ...plus, plus: false }, 'n,,', /^r=/],
]
for (const [name, setup, header, outcome] of downgrades)
  test(`SCRAM: downgrade: ${name}`, async () => assert.match(await start(setup).say(`${header}n=user,r=abc`), outcome))
