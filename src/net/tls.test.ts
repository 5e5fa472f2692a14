import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { chmod, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import { ensureSelfSigned } from './self-signed.ts'
import { loadTls, TlsFault } from './tls.ts'

const dirs: string[] = []
async function folder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'rookery-tls-'))
  dirs.push(dir)
  return dir
}
after(() => Promise.all(dirs.map(dir => rm(dir, { recursive: true, force: true }))))

test('ensureSelfSigned: a certificate for localhost that its key belongs to', async () => {
  const { cert, key } = await ensureSelfSigned(await folder())
  const certificate = new X509Certificate(await readFile(cert))
  assert.ok(certificate.checkHost('localhost'))
  assert.ok(certificate.checkIP('127.0.0.1'))
  assert.ok(certificate.checkIP('::1'))
  assert.ok(certificate.verify(certificate.publicKey), 'signed by its own key')
  assert.equal(certificate.ca, false)
  const days = (certificate.validToDate.getTime() - certificate.validFromDate.getTime()) / 86_400_000
  assert.ok(days > 700 && days <= 825, `${days} days`)
  assert.equal((await stat(key)).mode & 0o777, 0o600)
  assert.deepEqual((await loadTls({ cert, key })).warnings, [])
})

test('ensureSelfSigned: kept at the next start, made anew after it expired', async () => {
  const dir = await folder()
  const { cert, key } = await ensureSelfSigned(dir)
  const first = await readFile(cert, 'utf8')
  await ensureSelfSigned(dir)
  assert.equal(await readFile(cert, 'utf8'), first)
  const later = { now: () => Date.now() + 3 * 365 * 86_400_000 }
  assert.match((await loadTls({ cert, key }, later)).warnings[0]!, /expired on 20\d\d-\d\d-\d\d/)
  await ensureSelfSigned(dir, later)
  assert.notEqual(await readFile(cert, 'utf8'), first)
  assert.deepEqual((await loadTls({ cert, key }, later)).warnings, [])
})

test('ensureSelfSigned: processes that start together use one pair', async () => {
  const dir = await folder()
  const code = `import { ensureSelfSigned } from ${JSON.stringify(new URL('./self-signed.ts', import.meta.url).href)}
    import { readFileSync } from 'node:fs'
    console.log(readFileSync((await ensureSelfSigned(${JSON.stringify(dir)})).cert, 'latin1'))`
  const run = () => promisify(execFile)(process.execPath, ['--input-type=module-typescript', '-e', code])
  const outputs = await Promise.all([run(), run(), run()])
  assert.equal(new Set(outputs.map(({ stdout }) => stdout)).size, 1)
  assert.match(outputs[0]!.stdout, /BEGIN CERTIFICATE/)
  assert.deepEqual((await readdir(join(dir, 'tls'))).sort(), ['cert.pem', 'key.pem'])
})

test('ensureSelfSigned: a lock left by a dead process does not stop the next', async () => {
  const dir = await folder()
  const { cert } = await ensureSelfSigned(dir)
  const lock = join(dir, 'tls', '.lock')
  await writeFile(lock, '')
  await utimes(lock, new Date(Date.now() - 60_000), new Date(Date.now() - 60_000))
  assert.equal((await ensureSelfSigned(dir)).cert, cert)
})

test("ensureSelfSigned: somebody's own certificate is left alone", async () => {
  const dir = await folder()
  const { cert } = await ensureSelfSigned(dir)
  await writeFile(cert, 'mine')
  await ensureSelfSigned(dir)
  assert.equal(await readFile(cert, 'utf8'), 'mine')
})

test('loadTls: names what is wrong and what to do', async t => {
  const [one, other] = [await ensureSelfSigned(await folder()), await ensureSelfSigned(await folder())]
  const junk = join(await folder(), 'junk.pem')
  await writeFile(junk, 'junk')
  const cases: [name: string, files: { cert: string; key: string; clientCa?: string }, message: RegExp][] = [
    [
      'no such file',
      { ...one, cert: '/nowhere.pem' },
      /Cannot read the TLS certificate \/nowhere\.pem.*correct the path/,
    ],
    ['a directory', { ...one, key: tmpdir() }, /Cannot read the TLS key .*name the file inside/],
    ['another key', { ...one, key: other.key }, /does not belong to the certificate.*one issuance/],
    ['not a certificate', { ...one, cert: junk }, /is not a PEM certificate.*BEGIN CERTIFICATE/],
    ['not a key', { ...one, key: junk }, /Cannot use the TLS key.*PRIVATE KEY/],
    ['not a client CA', { ...one, clientCa: junk }, /The client CA .* is not a PEM certificate/],
  ]
  for (const [name, files, message] of cases)
    await t.test(name, () =>
      assert.rejects(loadTls(files), error => error instanceof TlsFault && message.test(error.message)),
    )
  await t.test('not readable', { skip: process.getuid?.() === 0 && 'root reads everything' }, async () => {
    await chmod(other.key, 0)
    await assert.rejects(loadTls(other), /may not read it/)
  })
  await t.test('not yet valid', async () => {
    const early = await loadTls(one, { now: () => Date.now() - 3 * 86_400_000 })
    assert.match(early.warnings[0]!, /not valid before.*clock/)
  })
})
