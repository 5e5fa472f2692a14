/** offlineimap3 keeps Maildirs and an account equal, both ways, over TLS; folder names are UTF-8 on disk. */
import assert from 'node:assert/strict'
import { mkdtempDisposable, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import * as account from '#test/account.ts'
import type { ImapClient } from '#test/imap-client.ts'
import { mailSet } from '#test/mail.ts'
import { makeMaildir, putIn, readMaildir, setFlags } from '#test/maildir.ts'
import { message, withLf } from '#test/message.ts'
import { missing, runOk } from '#test/program.ts'
import { serverFor, type TestServer } from '#test/server.ts'

const folders: Readonly<Record<string, number>> = { INBOX: 60, 'Архив/2024': 20, 日本語: 10, 'R&D': 10 }

test('offlineimap3', { skip: missing('offlineimap'), timeout: 120_000 }, async t => {
  const server = await serverFor(t, { users: { [account.user]: account.password } })
  await using home = await mkdtempDisposable(join(tmpdir(), 'offlineimap-'))
  const client = await account.logIn(server)
  const config = await writeConfig(server, home.path)
  const sync = async () => {
    const { stdout, stderr } = await runOk('offlineimap', ['-c', config, '-o', '-u', 'basic'], {
      timeoutMs: 60_000,
      env: { HOME: home.path },
    })
    return stdout + stderr
  }
  for (const [name, count] of Object.entries(folders)) {
    if (name !== 'INBOX') await account.createFolder(client, name)
    await account.append(
      client,
      name,
      mailSet(name, count).map((octets, index) => ({ octets, flags: index % 3 === 0 ? ['\\Seen'] : [] })),
    )
  }

  await t.test('a first run brings every message with its flags', async () => {
    assert.equal((await sync()).match(/^Copy message /gm)?.length, 100)
    await assertSame(client, home.path)
  })

  await t.test('a second run transfers nothing', async () => assertNoOp(await sync()))

  await t.test('changes on both sides reach the other', async () => {
    await account.expunge(client, 'Архив/2024', [1, 2, 3])
    await account.store(client, '日本語', [1, 2], '+FLAGS (\\Flagged)')
    await account.append(client, 'INBOX', [{ octets: message({ subject: 'made on the server' }) }])

    const inbox = await readMaildir(join(home.path, 'mail', 'INBOX'))
    for (const mail of inbox.slice(0, 5)) await setFlags(mail, 'FS')
    for (const mail of inbox.slice(5, 8)) await rm(mail.path)
    const made = join(home.path, 'mail', 'Заметки')
    await makeMaildir(made)
    for (let number = 0; number < 5; number++) {
      await putIn(made, String(number), withLf(message({ subject: 'made on the client', number })))
    }
    await sync()

    assert.equal((await account.readFolder(client, 'INBOX')).size, 58)
    assert.equal((await readMaildir(join(home.path, 'mail', 'Архив/2024'))).length, 17)
    assert.equal((await account.readFolder(client, 'Заметки')).size, 5)
    await assertSame(client, home.path)
  })

  await t.test('after that a run transfers nothing again', async () => assertNoOp(await sync()))
  await client.logout()
})

async function writeConfig(server: TestServer, home: string): Promise<string> {
  const path = join(home, 'offlineimaprc')
  const text = `
[general]
accounts = test
metadata = ${home}/state
maxsyncaccounts = 1

[Account test]
localrepository = local
remoterepository = remote
utf8foldernames = yes

[Repository local]
type = Maildir
localfolders = ${home}/mail
sep = /

[Repository remote]
type = IMAP
remotehost = localhost
remoteport = ${server.ports.imaps}
remoteuser = ${account.user}
remotepasseval = ${JSON.stringify(account.password)}
ssl = yes
sslcacertfile = ${server.certificate}
maxconnections = 2
`
  await writeFile(path, text)
  return path
}

/** offlineimap keeps Unix line ends and marks what it uploads with a header line of its own. */
const withoutMarks = (octets: Buffer): Buffer =>
  Buffer.from(
    withLf(octets)
      .toString('latin1')
      .replace(/^X-OfflineIMAP: .*\n/m, ''),
    'latin1',
  )

async function assertSame(client: ImapClient, home: string): Promise<void> {
  for (const name of await account.folderNames(client)) {
    const far = account.summary((await account.readFolder(client, name)).values(), withoutMarks)
    const near = account.summary(await readMaildir(join(home, 'mail', name)), withoutMarks)
    assert.deepEqual(near, far, name)
  }
}

function assertNoOp(output: string): void {
  assert.match(output, /\*\*\* Finished account 'test'/)
  assert.doesNotMatch(output, /^(Copy|Adding|Deleting|Removing|Creating|Syncing flags|Moving)/m)
}
