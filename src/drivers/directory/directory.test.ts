import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import { Refusal, type Refused } from '#base/errors.ts'
import { accountId } from '#base/ids.ts'
import type { LoginAnswer } from '#ports/users.ts'
import { type Directory, openDirectory } from './directory.ts'

const dirs: string[] = []
const opened: Directory[] = []
after(async () => {
  await Promise.all(opened.map(directory => directory.close()))
  await Promise.all(dirs.map(dir => rm(dir, { recursive: true })))
})

const hashing = { memoryKib: 64, passes: 1, parallelism: 1 }
let accounts = 0
const createAccount = async () => accountId(++accounts)

async function folder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'rookery-directory-'))
  dirs.push(dir)
  return dir
}

async function open(options: { dir?: string; hashing?: typeof hashing } = {}) {
  const dir = options.dir ?? (await folder())
  const clock = { time: 1_700_000_000_000, now: () => clock.time }
  const directory = await openDirectory(dir, { createAccount, clock, hashing: options.hashing ?? hashing })
  opened.push(directory)
  return { dir, clock, directory }
}

const outcome = (answer: LoginAnswer): string => (answer.ok ? `in as ${answer.user.login}` : answer.reason)
const refusal = (reason: Refused) => (error: unknown) => error instanceof Refusal && error.reason === reason

test('directory: a user logs in with the password, however the name is spelt, and nobody else does', async () => {
  const { directory } = await open()
  const user = await directory.add('Zoë@Example.org', 'correct horse')
  assert.equal(user.login, 'Zoë@Example.org')
  assert.equal(user.disabled, false)
  assert.equal(
    outcome(await directory.verifyPassword('zoe\u0308@EXAMPLE.ORG', 'correct horse', 'imap')),
    'in as Zoë@Example.org',
  )
  assert.equal(outcome(await directory.verifyPassword('Zoë@Example.org', 'correct Horse', 'imap')), 'bad-credentials')
  assert.equal(outcome(await directory.verifyPassword('Zoë@Example.org', '', 'imap')), 'bad-credentials')
  assert.equal(outcome(await directory.verifyPassword('nobody', 'correct horse', 'imap')), 'bad-credentials')
  assert.equal((await directory.find('ZOË@example.org'))?.account, user.account)
  assert.equal(await directory.find('zoe'), null)
})

test('directory: the same login is taken in every spelling', async () => {
  const { directory } = await open()
  await directory.add('alice', 'x')
  await assert.rejects(directory.add('ALICE', 'y'), refusal('mailbox-exists'))
  assert.equal((await directory.list()).length, 1)
})

test('directory: two who add the same login at once: one has it, whole', async () => {
  const { directory, dir } = await open()
  const { directory: other } = await open({ dir })
  const results = await Promise.allSettled([directory.add('alice', 'one'), other.add('alice', 'two')])
  assert.deepEqual(results.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
  const [winner] = results.map(({ status }, i) => (status === 'fulfilled' ? ['one', 'two'][i]! : null)).filter(Boolean)
  assert.equal(outcome(await directory.verifyPassword('alice', winner!, 'imap')), 'in as alice')
})

const names: [login: string, fault: boolean][] = [
  ['a', false],
  ['a.b+c@example.org', false],
  ['x'.repeat(255), false],
  ['x'.repeat(256), true],
  [`${'é'.repeat(127)}x`, false],
  ['é'.repeat(128), true],
  ['', true],
  ['a/b', true],
  ['..', true],
  ['.', true],
  ['a\nb', true],
  ['a\0b', true],
  ['a\u202eb', true],
  [' a', true],
  ['a@', true],
  ['@b', true],
  ['a@b@c', true],
  ['\ud800', true],
]
test('directory: names that may be logins', async t => {
  const { directory } = await open()
  for (const [login, fault] of names)
    await t.test(`${JSON.stringify(login.slice(0, 20))}${login.length > 20 ? `… ${login.length}` : ''}`, async () => {
      if (fault) await assert.rejects(directory.add(login, 'x'), refusal('mailbox-name'))
      else assert.equal((await directory.add(login, 'x')).login, login)
    })
})

for (const secret of ['', '\u0007', 'x'.repeat(1025)])
  test(`directory: a password that cannot be one: ${JSON.stringify(secret.slice(0, 5))}`, async () => {
    const { directory } = await open()
    await assert.rejects(directory.add('alice', secret), refusal('not-possible'))
    assert.equal(await directory.find('alice'), null)
  })

test('directory: when the account cannot be made there is no user', async () => {
  const directory = await openDirectory(await folder(), {
    hashing,
    createAccount: () => Promise.reject(new Error('disk full')),
  })
  opened.push(directory)
  await assert.rejects(directory.add('alice', 'x'), /disk full/)
  assert.deepEqual(await directory.list(), [])
})

test('directory: a password changed elsewhere holds at once, though the old one was right a moment ago', async () => {
  const { directory, dir } = await open()
  const { directory: other } = await open({ dir })
  await directory.add('alice', 'old')
  assert.equal(outcome(await directory.verifyPassword('alice', 'old', 'imap')), 'in as alice')
  await other.setPassword('alice', 'new')
  assert.equal(outcome(await directory.verifyPassword('alice', 'old', 'imap')), 'bad-credentials')
  assert.equal(outcome(await directory.verifyPassword('alice', 'new', 'imap')), 'in as alice')
  await other.setDisabled('alice', true)
  assert.equal(outcome(await directory.verifyPassword('alice', 'new', 'imap')), 'disabled')
  assert.equal(outcome(await directory.verifyPassword('alice', 'old', 'imap')), 'bad-credentials')
  await other.setDisabled('alice', false)
  assert.equal(outcome(await directory.verifyPassword('alice', 'new', 'imap')), 'in as alice')
  await other.remove('alice')
  assert.equal(outcome(await directory.verifyPassword('alice', 'new', 'imap')), 'bad-credentials')
})

test('directory: a secret that was right lately is not hashed again, for a while', async () => {
  // Slow enough to tell a hash from none.
  const { directory, clock } = await open({ hashing: { memoryKib: 32 * 1024, passes: 3, parallelism: 1 } })
  await directory.add('alice', 'x')
  const timed = async (secret: string) => {
    const start = performance.now()
    await directory.verifyPassword('alice', secret, 'imap')
    return performance.now() - start
  }
  const hashed = await timed('x')
  assert.ok((await timed('x')) < hashed / 4)
  assert.ok((await timed('y')) > hashed / 4, 'a wrong one is')
  clock.time += 11 * 60_000
  assert.ok((await timed('x')) > hashed / 4, 'nor for ever')
})

test('directory: its version tells that users changed, here or elsewhere, and stays when nothing did', async () => {
  const { directory, dir } = await open()
  const { directory: elsewhere } = await open({ dir })
  const versions = [directory.version()]
  const changed = () => versions[versions.push(directory.version()) - 1] !== versions[versions.length - 2]
  assert.equal(changed(), false)
  await directory.add('alice', 'x')
  assert.equal(changed(), true)
  await elsewhere.setDisabled('alice', true)
  assert.equal(changed(), true)
  await directory.find('alice')
  assert.equal(changed(), false)
})

test('directory: an unknown login takes the time of a wrong password', async () => {
  const { directory } = await open({ hashing: { memoryKib: 16 * 1024, passes: 2, parallelism: 1 } })
  await directory.add('alice', 'x')
  const { known, unknown } = await quickest(5, async login => {
    await directory.verifyPassword(login, 'wrong', 'imap')
  })
  assert.ok(unknown > known / 2 && unknown < known * 2, `${known} ms and ${unknown} ms`)
})

test('directory: a hash of an older cost is brought up to date at the next login', async () => {
  const { directory, dir } = await open()
  await directory.add('alice', 'x')
  const { directory: later } = await open({ dir, hashing: { memoryKib: 128, passes: 2, parallelism: 1 } })
  const proof = () => {
    const db = new DatabaseSync(join(dir, 'directory.sqlite'), { readOnly: true })
    const row = db.prepare('SELECT proof FROM credentials').get()
    db.close()
    return String(row?.proof)
  }
  assert.match(proof(), /^\$argon2id\$v=19\$m=64,t=1,p=1\$/)
  assert.equal(outcome(await later.verifyPassword('alice', 'wrong', 'imap')), 'bad-credentials')
  assert.match(proof(), /m=64,t=1/)
  assert.equal(outcome(await later.verifyPassword('alice', 'x', 'imap')), 'in as alice')
  assert.match(proof(), /m=128,t=2,p=1/)
  assert.equal(outcome(await later.verifyPassword('alice', 'x', 'imap')), 'in as alice')
})

test('directory: app passwords: scoped, ending, revocable, and typed as people do', async () => {
  const { directory, clock } = await open()
  await directory.add('alice', 'x')
  const { secret, credential } = await directory.addAppPassword('alice', {
    name: 'phone',
    protocols: ['imap'],
    expiresAt: clock.time + 1000,
  })
  assert.match(secret, /^([a-z2-9]{4}-){5}[a-z2-9]{4}$/)
  const log = async (typed: string, protocol: 'imap' | 'pop3' = 'imap') =>
    outcome(await directory.verifyPassword('alice', typed, protocol))
  assert.equal(await log(secret), 'in as alice')
  assert.equal(await log(secret.replaceAll('-', ' ').toUpperCase()), 'in as alice')
  assert.equal(await log(secret, 'pop3'), 'not-allowed')
  assert.equal(await log('x', 'pop3'), 'in as alice')
  assert.equal(await log(secret.replace(/^./, c => (c === 'a' ? 'b' : 'a'))), 'bad-credentials')
  clock.time += 1000
  assert.equal(await log(secret), 'expired')
  const { secret: second } = await directory.addAppPassword('alice', { name: 'tablet' })
  assert.equal(await log(second, 'pop3'), 'in as alice')
  assert.deepEqual((await directory.credentials('alice')).map(({ name, kind }) => `${kind} ${name}`).sort(), [
    'app-password phone',
    'app-password tablet',
    'password password',
  ])
  await directory.removeCredential('alice', credential.id)
  assert.equal(await log(secret), 'bad-credentials')
  await assert.rejects(directory.removeCredential('alice', credential.id), refusal('mailbox-missing'))
  assert.equal(JSON.stringify(await directory.credentials('alice')).includes('sha256'), false, 'hashes stay inside')
})

test("directory: one user's credential cannot be removed by the name of another", async () => {
  const { directory } = await open()
  await directory.add('alice', 'x')
  await directory.add('bob', 'x')
  const [credential] = await directory.credentials('alice')
  await assert.rejects(directory.removeCredential('bob', credential!.id), refusal('mailbox-missing'))
  assert.equal((await directory.credentials('alice')).length, 1)
})

test('directory: certificates', async () => {
  const { directory } = await open()
  await directory.add('alice', 'x')
  await directory.add('bob', 'x')
  const fingerprint = `${'AB:'.repeat(31)}AB`
  const hex = 'ab'.repeat(32)
  await directory.addCertificate('alice', { name: 'laptop', fingerprint })
  assert.equal(outcome(await directory.byCertificate(hex, null)), 'in as alice')
  assert.equal(outcome(await directory.byCertificate(hex, 'ALICE')), 'in as alice')
  assert.equal(outcome(await directory.byCertificate(hex, 'bob')), 'bad-credentials')
  assert.equal(outcome(await directory.byCertificate('cd'.repeat(32), null)), 'bad-credentials')
  await directory.addCertificate('bob', { name: 'the same', fingerprint: hex })
  assert.equal(outcome(await directory.byCertificate(hex, null)), 'bad-credentials', 'whom does it mean?')
  assert.equal(outcome(await directory.byCertificate(hex, 'bob')), 'in as bob')
  await directory.setDisabled('bob', true)
  assert.equal(outcome(await directory.byCertificate(hex, 'bob')), 'disabled')
  assert.equal(outcome(await directory.verifyPassword('alice', hex, 'imap')), 'bad-credentials')
  await assert.rejects(directory.addCertificate('alice', { name: 'x', fingerprint: 'ab' }), refusal('not-possible'))
})

test('directory: last use is written in a while, and at most once a minute', async () => {
  const { directory, clock, dir } = await open()
  const { directory: other } = await open({ dir })
  await directory.add('alice', 'x')
  const lastUse = async () => (await other.credentials('alice'))[0]!.lastUsedAt
  const wait = () => new Promise(resolve => setTimeout(resolve, 1_100))
  await directory.verifyPassword('alice', 'wrong', 'imap')
  await directory.verifyPassword('alice', 'x', 'imap')
  assert.equal(await lastUse(), null, 'not while the client waits')
  await wait()
  assert.equal(await lastUse(), clock.time)
  const first = clock.time
  clock.time += 59_000
  await directory.verifyPassword('alice', 'x', 'imap')
  await directory.close()
  assert.equal(await lastUse(), first)
})

test('directory: SCRAM verifiers are stable, also of logins that are not there', async () => {
  const { directory, dir } = await open()
  const { directory: other } = await open({ dir })
  await directory.add('alice', 'x')
  for (const login of ['alice', 'nobody'])
    for (const hash of ['SHA-1', 'SHA-256'] as const) {
      const one = await directory.scramVerifier(login, hash, 'imap')
      const two = await other.scramVerifier(login.toUpperCase(), hash, 'imap')
      assert.deepEqual(Buffer.from(one.verifier.salt), Buffer.from(two.verifier.salt))
      assert.equal(one.verifier.iterations, two.verifier.iterations)
      assert.equal(one.verifier.salt.length, 16)
      assert.equal(one.verifier.storedKey.length, hash === 'SHA-1' ? 20 : 32)
      assert.equal(one.user?.login ?? null, login === 'alice' ? 'alice' : null)
    }
  await other.setDisabled('alice', true)
  assert.equal((await directory.scramVerifier('alice', 'SHA-256', 'imap')).user, null)
})

test('directory: the files are for their owner only and hold no secret', async () => {
  const { directory, dir } = await open()
  await directory.add('alice', 'open sesame')
  const { secret } = await directory.addAppPassword('alice', { name: 'phone' })
  for (const name of await readdir(dir)) {
    assert.equal((await stat(join(dir, name))).mode & 0o077, 0, name)
    const bytes = await readFile(join(dir, name))
    assert.equal(bytes.includes('open sesame'), false)
    assert.equal(bytes.includes(secret) || bytes.includes(secret.replaceAll('-', '')), false)
  }
})

test('directory: many processes open a new one and add users at once', async () => {
  const dir = await folder()
  const code = `
    import { openDirectory } from ${JSON.stringify(new URL('./directory.ts', import.meta.url).href)}
    const n = Number(process.argv.at(-1))
    const directory = await openDirectory(${JSON.stringify(dir)}, { createAccount: async () => n, hashing: ${JSON.stringify(hashing)} })
    await directory.add('user' + n, 'x')
    await directory.close()`
  const args = (n: number) => ['--input-type=module-typescript', '-e', code, `${n}`]
  await Promise.all([1, 2, 3, 4].map(n => promisify(execFile)(process.execPath, args(n))))
  const { directory } = await open({ dir })
  assert.deepEqual(
    (await directory.list()).map(({ login }) => login),
    ['user1', 'user2', 'user3', 'user4'],
  )
})

test('directory: one of a newer version is not touched', async () => {
  const { directory, dir } = await open()
  await directory.close()
  const db = new DatabaseSync(join(dir, 'directory.sqlite'))
  db.exec('PRAGMA user_version = 99')
  db.close()
  await assert.rejects(open({ dir }), /newer version/)
})

test('directory: somebody who is not there cannot be changed', async () => {
  const { directory } = await open()
  for (const act of [
    () => directory.setPassword('nobody', 'x'),
    () => directory.setDisabled('nobody', true),
    () => directory.remove('nobody'),
    () => directory.credentials('nobody'),
    () => directory.addAppPassword('nobody', { name: 'x' }),
  ])
    await assert.rejects(act, refusal('mailbox-missing'))
})

test('directory: when the database is away the answer is not "wrong password"', async () => {
  const { directory, dir } = await open()
  await directory.add('alice', 'x')
  const db = new DatabaseSync(join(dir, 'directory.sqlite'))
  db.exec('ALTER TABLE users RENAME TO elsewhere')
  db.close()
  assert.equal(outcome(await directory.verifyPassword('alice', 'x', 'imap')), 'unavailable')
})

test('directory: many equal attempts at once cost a known login and an unknown one the same', async () => {
  const { directory } = await open({ hashing: { memoryKib: 16 * 1024, passes: 2, parallelism: 1 } })
  await directory.add('alice', 'x')
  const { known, unknown } = await quickest(4, async login => {
    await Promise.all(Array.from({ length: 20 }, () => directory.verifyPassword(login, 'wrong', 'imap')))
  })
  assert.ok(unknown < known * 4 && known < unknown * 4, `${known} ms and ${unknown} ms`)
})

/** The shortest of some rounds, in turn, so that whatever else the machine does meets both alike. */
async function quickest(
  rounds: number,
  attempt: (login: string) => Promise<void>,
): Promise<{ known: number; unknown: number }> {
  const best = { alice: Number.POSITIVE_INFINITY, bob: Number.POSITIVE_INFINITY }
  for (let round = 0; round <= rounds; round++) {
    for (const login of ['alice', 'bob'] as const) {
      const start = performance.now()
      await attempt(login)
      // The first round only warms up.
      if (round > 0) best[login] = Math.min(best[login], performance.now() - start)
    }
  }
  return { known: best.alice, unknown: best.bob }
}
