/** What an operator does to a running server: new certificates on SIGHUP, a gentle end on SIGTERM, logins by client certificate. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { copyFile, mkdtempDisposable, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { connect } from 'node:tls'
import { password, user } from '#test/account.ts'
import { eventually } from '#test/eventually.ts'
import { ImapClient } from '#test/imap-client.ts'
import { missing, runOk } from '#test/program.ts'
import { peer, rookery, serverFor } from '#test/server.ts'

const skip = peer ? 'our own server only' : (missing('openssl') ?? false)

const openssl = (cwd: string, line: string) => execFileSync('openssl', line.split(' '), { cwd, stdio: 'pipe' })

/** A key and a certificate for `name`, signed by `ca` or by itself. */
function certify(cwd: string, name: string, ca?: string): void {
  openssl(
    cwd,
    `req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ${name}.key -out ${name}.csr -subj /CN=${name}`,
  )
  const signer = ca ? `-CA ${ca}.pem -CAkey ${ca}.key -CAcreateserial` : `-signkey ${name}.key`
  openssl(cwd, `x509 -req -in ${name}.csr ${signer} -days 30 -out ${name}.pem`)
}

function shownCertificate(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
      resolve(socket.getPeerX509Certificate()?.fingerprint256 ?? '')
      socket.destroy()
    })
    socket.on('error', reject)
  })
}

test('SIGHUP brings a new certificate to new connections and leaves the others alone', { skip }, async t => {
  await using home = await mkdtempDisposable(join(tmpdir(), 'rookery-signals-'))
  certify(home.path, 'localhost')
  const [cert, key] = [join(home.path, 'cert.pem'), join(home.path, 'key.pem')]
  await copyFile(join(home.path, 'localhost.pem'), cert)
  await copyFile(join(home.path, 'localhost.key'), key)
  const server = await serverFor(t, { users: { [user]: password }, args: ['--tls-cert', cert, '--tls-key', key] })
  const port = server.ports.imaps
  const before = await shownCertificate(port)
  assert.equal(before, new X509Certificate(await readFile(cert)).fingerprint256)
  await using client = await ImapClient.login({ port, tls: true, user, password })

  certify(home.path, 'renewed')
  await copyFile(join(home.path, 'renewed.pem'), cert)
  await copyFile(join(home.path, 'renewed.key'), key)
  process.kill(server.pid, 'SIGHUP')
  const renewed = new X509Certificate(await readFile(cert)).fingerprint256
  await eventually('the new certificate', async () => (await shownCertificate(port)) === renewed)
  await client.ok('NOOP')

  await writeFile(cert, 'no certificate')
  process.kill(server.pid, 'SIGHUP')
  await eventually('the fault in the log', async () => server.log().includes('tls.error'))
  assert.equal(await shownCertificate(port), renewed, 'a broken file does not end the service')
})

test('SIGTERM says BYE to everyone at the configured rate and ends with 0', { skip }, async t => {
  await using home = await mkdtempDisposable(join(tmpdir(), 'rookery-signals-'))
  const config = join(home.path, 'rookery.toml')
  await writeFile(config, '[drain]\nrate = 20\n')
  const server = await serverFor(t, { users: { [user]: password }, args: ['--config', config] })
  const clients = await Promise.all(
    Array.from({ length: 20 }, () => ImapClient.login({ port: server.ports.imap, user, password })),
  )
  await Promise.all(clients.slice(0, 10).map(client => client.ok('SELECT INBOX')))
  await clients[0]!.idle()
  const started = performance.now()
  const stopped = server.stop()
  const ends = await Promise.all(
    clients.map(async client => {
      assert.match((await client.next(/^\* BYE/)).text, /UNAVAILABLE/)
      return performance.now() - started
    }),
  )
  await stopped
  const lasted = Math.max(...ends) - Math.min(...ends)
  assert.ok(lasted > 500, `20 sessions at 20 a second are not gone after ${lasted} ms`)
  assert.ok(lasted < 5_000, `they took ${lasted} ms`)
})

test('a client certificate of a configured authority logs its user in', { skip }, async t => {
  await using home = await mkdtempDisposable(join(tmpdir(), 'rookery-signals-'))
  for (const [name, ca] of [['authority'], ['ann', 'authority'], ['stranger']] as const) certify(home.path, name, ca)
  const config = join(home.path, 'rookery.toml')
  await writeFile(config, `[tls]\nclient_ca = ${JSON.stringify(join(home.path, 'authority.pem'))}\n`)
  const server = await serverFor(t, { users: { [user]: password }, args: ['--config', config] })
  await runOk(rookery, ['user', 'certificate', 'add', user, join(home.path, 'ann.pem'), '--data', server.data], {})

  const converse = async (name: string): Promise<string> => {
    const socket = connect({
      port: server.ports.imaps,
      host: '127.0.0.1',
      rejectUnauthorized: false,
      cert: await readFile(join(home.path, `${name}.pem`)),
      key: await readFile(join(home.path, `${name}.key`)),
    })
    let heard = ''
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      heard += chunk
    })
    await eventually('the greeting', async () => heard.includes('* OK'))
    socket.write('a AUTHENTICATE EXTERNAL =\r\n')
    await eventually('the answer', async () => /^a /m.test(heard))
    socket.destroy()
    return heard
  }
  const known = await converse('ann')
  assert.match(known, /AUTH=EXTERNAL/)
  assert.match(known, /^a OK/m)
  const unknown = await converse('stranger')
  assert.doesNotMatch(unknown, /AUTH=EXTERNAL/)
  assert.match(unknown, /^a NO/m)
})
