/** What somebody sees who starts it for the first time: how to connect, in lines that work as they are; and the same mail at the next start. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempDisposable, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { eventually } from '#test/eventually.ts'
import { ImapClient } from '#test/imap-client.ts'
import { deliverOk } from '#test/lmtp.ts'
import { message } from '#test/message.ts'
import { isFree } from '#test/ports.ts'
import { end, missing, runOk } from '#test/program.ts'
import { keepLog, peer, rookery } from '#test/server.ts'

const ports = { imap: 1143, imaps: 1993, lmtp: 1024, http: 1080 }

test('quick start', { skip: (peer && 'ours alone') || missing('curl', 'python3'), timeout: 60_000 }, async t => {
  for (const port of Object.values(ports)) if (!(await isFree(port))) return t.skip(`port ${port} is taken`)
  await using home = await mkdtempDisposable(join(tmpdir(), 'rookery-start-'))
  const data = join(home.path, 'data')
  const start = async () => {
    const child = spawn(rookery, ['start', '--data', data], { cwd: home.path, stdio: ['ignore', 'pipe', 'pipe'] })
    t.after(() => end(child))
    const said = keepLog(child)
    const output = await eventually(`what it prints\n${said()}`, () => /imaplib.*\n/.test(said()) && said(), 20_000)
    const stop = async () => {
      await end(child, 10_000)
      assert.equal(child.exitCode, 0, `ended by SIGTERM with 0\n${said()}`)
    }
    return { output, stop }
  }
  const first = await start()
  const [, user = ''] = /^ *account +(\S+)$/m.exec(first.output) ?? []
  const [, password = ''] = /^ *password +(\S+)$/m.exec(first.output) ?? []
  const count = async () => {
    await using client = await ImapClient.login({ port: ports.imap, user, password })
    const { untagged } = await client.ok('EXAMINE INBOX')
    return Number(untagged.map(({ text }) => /^\* (\d+) EXISTS/.exec(text)?.[1]).find(found => found))
  }

  await t.test('it says account, password and ports', () => {
    assert.ok(user && password, first.output)
    for (const port of Object.values(ports)) assert.ok(first.output.includes(`:${port}`), `${port}\n${first.output}`)
  })

  await t.test('the curl line shows a message', async () => {
    const { stdout } = await runOk('sh', ['-c', line(first.output, 'curl ')])
    assert.match(stdout, /^Subject: /m)
  })

  await t.test('the Python line logs in and selects', async () => {
    const { stdout } = await runOk('sh', ['-c', line(first.output, 'python3 ')])
    assert.match(stdout, /^\('OK', \[b'\d+'\]\)/m)
  })

  await t.test('there is sample mail', async () => assert.ok((await count()) >= 5))

  await t.test('its certificate is good for localhost, at both ports', async () => {
    const ca = await readFile(join(data, 'tls', 'cert.pem'), 'utf8')
    await using tls = await ImapClient.connect({ port: ports.imaps, tls: true, ca })
    await tls.ok('NOOP')
    await using later = await ImapClient.connect({ port: ports.imap, ca })
    await later.startTls()
    await later.ok('NOOP')
  })

  await t.test('HTTP says that it is well and ready, and counts', async () => {
    for (const path of ['/health/live', '/health/ready']) {
      const { status } = await fetch(`http://127.0.0.1:${ports.http}${path}`)
      assert.equal(status, 200, path)
    }
    const metrics = await (await fetch(`http://127.0.0.1:${ports.http}/metrics`)).text()
    assert.match(metrics, /^# TYPE \w+ counter$/m)
  })

  await t.test('a second start has the same account and mail', async () => {
    await deliverOk({ port: ports.lmtp, to: [`${user}@localhost`], message: message({ subject: 'Delivered' }) })
    const before = await count()
    await first.stop()
    const second = await start()
    assert.ok(!second.output.includes(password), 'the password is shown once')
    assert.equal(await count(), before)
    await second.stop()
  })
})

function line(output: string, begin: string): string {
  const found = output.split('\n').find(text => text.trimStart().startsWith(begin))
  assert.ok(found, `a line that begins with ${begin}\n${output}`)
  return found
}
