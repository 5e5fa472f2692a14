/** swaks hands mail over by LMTP: an answer per recipient, subfolders by `user+folder`, attachments and 8-bit text unharmed. */
import assert from 'node:assert/strict'
import { mkdtempDisposable, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import * as account from '#test/account.ts'
import { kinds } from '#test/mail.ts'
import { missing, run } from '#test/program.ts'
import { serverFor } from '#test/server.ts'

test('swaks', { skip: missing('swaks'), timeout: 60_000 }, async t => {
  const server = await serverFor(t, { users: { [account.user]: account.password, bob: 'secret' } })
  await using home = await mkdtempDisposable(join(tmpdir(), 'swaks-'))
  const alice = await account.logIn(server)
  const bob = await account.logIn(server, 'bob', 'secret')
  const swaks = async (...args: string[]) => {
    const where = ['--protocol', 'LMTP', '--server', '127.0.0.1', '--port', String(server.ports.lmtp)]
    return run('swaks', [...where, '--from', 'sender@example.org', ...args])
  }

  await t.test('one message reaches two people, each answered for', async () => {
    const { code, stdout } = await swaks(
      '--to',
      'alice@localhost,bob@localhost',
      '--header',
      'Subject: For two',
      '--body',
      'hello',
    )
    assert.equal(code, 0, stdout)
    assert.match(stdout, /^ -> \.\n<- {2}250 2\..*\n<- {2}250 2\..*\n -> QUIT/m)
    for (const client of [alice, bob]) account.only(await account.readFolder(client, 'INBOX'), 'Subject: For two')
  })

  await t.test('somebody unknown is refused, the other one is served', async () => {
    const { stdout } = await swaks('--to', 'nobody@localhost,bob@localhost', '--header', 'Subject: For one')
    assert.match(stdout, /^<\*\* 550 5\.1\.1/m)
    account.only(await account.readFolder(bob, 'INBOX'), 'Subject: For one')
  })

  await t.test('a folder named in the address is where the mail goes, with trace lines in front', async () => {
    const { code, stdout } = await swaks('--to', 'alice+Archive@localhost', '--header', 'Subject: To a folder')
    assert.equal(code, 0, stdout)
    const mail = account.only(await account.readFolder(alice, 'Archive'), 'Subject: To a folder').octets.toString()
    assert.match(mail, /^Return-Path: <sender@example\.org>\r\n/)
    assert.match(mail, /^Delivered-To: <?alice\+Archive@localhost/m)
  })

  for (const [name, octets] of Object.entries(kinds)) {
    await t.test(`${name} arrives octet for octet`, async () => {
      const file = join(home.path, `${name}.eml`)
      await writeFile(file, octets)
      // swaks writes one more line end after the data it is given.
      const { code, stdout } = await swaks('--to', 'bob+Junk@localhost', '--data', `@${file}`)
      assert.equal(code, 0, stdout)
      const [last] = [...(await account.readFolder(bob, 'Junk')).values()].slice(-1)
      assert.equal(withoutTrace(last!.octets), `${octets.toString('latin1')}\r\n`)
    })
  }
  await alice.logout()
  await bob.logout()
})

/** What was handed over, without the lines that the server puts in front: Return-Path, Delivered-To, Received. */
const withoutTrace = (octets: Buffer): string =>
  octets.toString('latin1').replace(/^(?:(?:Return-Path|Delivered-To|Received):.*\r\n(?:[ \t].*\r\n)*)+/, '')
