/** fetchmail by STARTTLS: unread mail is handed over once, mail that is taken away is gone, new mail is handed over while it idles. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdir, mkdtempDisposable, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import * as account from '#test/account.ts'
import { eventually } from '#test/eventually.ts'
import { deliverOk } from '#test/lmtp.ts'
import { mailSet } from '#test/mail.ts'
import { digest, message, withLf } from '#test/message.ts'
import { end, missing, run } from '#test/program.ts'
import { keepLog, serverFor, type TestServer } from '#test/server.ts'

test('fetchmail', { skip: missing('fetchmail'), timeout: 90_000 }, async t => {
  const server = await serverFor(t, { users: { [account.user]: account.password } })
  await using home = await mkdtempDisposable(join(tmpdir(), 'fetchmail-'))
  const client = await account.logIn(server)
  const mails = mailSet('fetchmail', 30)
  await account.append(
    client,
    'INBOX',
    mails.map(octets => ({ octets })),
  )
  await writeConfig(server, home.path)
  const args = ['--fetchmailrc', join(home.path, 'rc'), '--nosyslog', '--invisible', '--norewrite']
  const env = { FETCHMAILHOME: home.path, HOME: home.path }
  const fetchmail = (...more: string[]) => run('fetchmail', [...args, ...more], { env, timeoutMs: 40_000 })

  await t.test('unread mail is handed over and marked read', async () => {
    const { code, stdout, stderr } = await fetchmail('--keep')
    assert.equal(code, 0, stdout + stderr)
    assert.deepEqual(await takeOut(home.path), mails.map(digestOfLf).sort())
    for (const mail of (await account.readFolder(client, 'INBOX')).values()) assert.deepEqual(mail.flags, ['\\Seen'])
  })

  await t.test('a second run hands nothing over', async () => {
    const { code, stdout } = await fetchmail('--keep')
    assert.equal(code, 1, 'fetchmail says 1 when there is no new mail')
    assert.match(stdout, /30 messages \(30 seen\)/)
    assert.deepEqual(await takeOut(home.path), [])
  })

  await t.test('mail that is taken away is gone from the server', async () => {
    const { code, stdout, stderr } = await fetchmail('--fetchall', '--nokeep', '--expunge', '7')
    assert.equal(code, 0, stdout + stderr)
    assert.deepEqual(await takeOut(home.path), mails.map(digestOfLf).sort())
    assert.equal((await account.readFolder(client, 'INBOX')).size, 0)
  })

  await t.test('new mail is handed over while it idles', async () => {
    const child = spawn('fetchmail', [...args, '--keep', '--idle', '-vv'], { env: { ...process.env, ...env } })
    const log = keepLog(child)
    try {
      await eventually('fetchmail to idle', () => /> A\d+ IDLE/.test(log()))
      await deliverOk({ port: server.ports.lmtp, to: [account.address], message: message({ subject: 'While idle' }) })
      const [file] = await eventually('the mail', async () => {
        const files = await readdir(join(home.path, 'out'))
        return files.length > 0 && files
      })
      await eventually('all of it', async () =>
        (await readFile(join(home.path, 'out', file!))).includes('This is message'),
      )
    } finally {
      await end(child)
    }
  })
  await client.logout()
})

const digestOfLf = (octets: Buffer): string => digest(withLf(octets))

/** A delivery agent that keeps each message in a file of its own. */
async function writeConfig(server: TestServer, home: string): Promise<void> {
  await mkdir(join(home, 'out'))
  const agent = join(home, 'agent')
  await writeFile(agent, `#!/bin/sh\nexec cat >"$(mktemp ${home}/out/XXXXXXXX)"\n`, { mode: 0o755 })
  const text = `
set no bouncemail
poll localhost protocol IMAP service ${server.ports.imap}
  user "${account.user}" there with password "${account.password.replaceAll('"', '\\042')}" is root here
  sslproto "auto" sslcertck sslcertfile "${server.certificate}"
  mda "${agent}"
`
  await writeFile(join(home, 'rc'), text, { mode: 0o700 })
}

/** Digests of the messages handed over, sorted; they are removed. */
async function takeOut(home: string): Promise<string[]> {
  const out = join(home, 'out')
  const digests: string[] = []
  for (const file of await readdir(out)) digests.push(digest(await readFile(join(out, file))))
  await mkdir(join(home, 'taken'), { recursive: true })
  await Promise.all((await readdir(out)).map(file => rename(join(out, file), join(home, 'taken', file))))
  return digests.sort()
}
