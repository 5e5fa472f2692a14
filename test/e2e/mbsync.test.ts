/** mbsync keeps Maildirs and an account equal, both ways: hundreds of messages, nested and non-ASCII folders, flags, deletions. */
import assert from 'node:assert/strict'
import { mkdir, mkdtempDisposable, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import * as account from '#test/account.ts'
import type { ImapClient } from '#test/imap-client.ts'
import { mailSet } from '#test/mail.ts'
import { makeMaildir, putIn, readMaildir, setFlags } from '#test/maildir.ts'
import { message, withLf } from '#test/message.ts'
import { encodeName } from '#test/names.ts'
import { missing, runOk } from '#test/program.ts'
import { serverFor, type TestServer } from '#test/server.ts'

const folders: Readonly<Record<string, number>> = {
  INBOX: 180,
  'Архив 2024': 60,
  '日本語/会議': 40,
  'R&D': 30,
  'Work/Projects/Rookery': 40,
}

const flagSets = [[], ['\\Seen'], ['\\Seen', '\\Flagged'], ['\\Answered', '\\Seen'], ['\\Flagged']]

test('mbsync', { skip: missing('mbsync'), timeout: 120_000 }, async t => {
  const server = await serverFor(t, { users: { [account.user]: account.password } })
  await using home = await mkdtempDisposable(join(tmpdir(), 'mbsync-'))
  const client = await account.logIn(server)
  const config = await writeConfig(server, home.path)
  // Only on a terminal does mbsync end with its counts.
  const sync = async () => {
    const command = `mbsync -c ${config} all`
    const { stdout } = await runOk('script', ['-qec', command, '/dev/null'], { timeoutMs: 60_000 })
    return stdout.trim().split('\r').at(-1) ?? ''
  }
  for (const [name, count] of Object.entries(folders)) {
    if (name !== 'INBOX') await account.createFolder(client, name)
    await account.append(
      client,
      name,
      mailSet(name, count).map((octets, index) => ({ octets, flags: flagSets[index % flagSets.length]! })),
    )
  }

  await t.test('a first run brings every message, octet for octet, with its flags', async () => {
    assert.match(await sync(), /F: \+0\/0 \*0\/0 #0\/0 +N: \+350\/350 \*0\/0 #0\/0/)
    for (const [name, count] of Object.entries(folders)) {
      assert.equal((await readMaildir(maildir(home.path, name))).length, count, name)
    }
    await assertSame(client, home.path)
  })

  await t.test('a second run transfers nothing', async () => assertNoOp(await sync()))

  await t.test('changes on both sides reach the other', async () => {
    const archive = await account.readFolder(client, 'Архив 2024')
    const uids = [...archive.keys()]
    await account.expunge(client, 'Архив 2024', uids.slice(0, 5))
    await account.store(client, 'Архив 2024', uids.slice(10, 20), 'FLAGS (\\Answered)')
    await account.createFolder(client, 'Work/Новое')
    await account.append(client, 'Work/Новое', [{ octets: message({ subject: 'made on the server' }) }])

    const inbox = await readMaildir(maildir(home.path, 'INBOX'))
    for (const mail of inbox.slice(0, 10)) await setFlags(mail, 'FS')
    for (const mail of inbox.slice(10, 15)) await setFlags(mail, 'ST')
    const made = maildir(home.path, 'Заметки/Идеи')
    await makeMaildir(maildir(home.path, 'Заметки'))
    await makeMaildir(made)
    for (let number = 0; number < 20; number++) {
      await putIn(made, String(number), withLf(message({ subject: 'made on the client', number })))
    }
    await sync()

    assert.equal((await account.readFolder(client, 'INBOX')).size, 175)
    assert.equal((await readMaildir(maildir(home.path, 'Архив 2024'))).length, 55)
    assert.equal((await account.readFolder(client, 'Заметки/Идеи')).size, 20)
    assert.equal((await readMaildir(maildir(home.path, 'Work/Новое'))).length, 1)
    await assertSame(client, home.path)
  })

  await t.test('after that a run transfers nothing again', async () => assertNoOp(await sync()))
  await client.logout()
})

async function writeConfig(server: TestServer, home: string): Promise<string> {
  const path = join(home, 'mbsyncrc')
  const text = `
IMAPAccount server
Host localhost
Port ${server.ports.imaps}
User ${account.user}
Pass "${account.password.replaceAll(/["\\]/g, '\\$&')}"
SSLType IMAPS
SystemCertificates no
CertificateFile ${server.certificate}
Timeout 30

IMAPStore remote
Account server

MaildirStore local
Path ${home}/mail/
Inbox ${home}/mail/INBOX
SubFolders Verbatim

Channel all
Far :remote:
Near :local:
Patterns *
Create Both
Remove Both
Expunge Both
SyncState *
`
  await writeFile(path, text)
  await mkdir(join(home, 'mail'))
  return path
}

/** mbsync names its folders as the wire does, in modified UTF-7. */
const maildir = (home: string, name: string): string => join(home, 'mail', ...name.split('/').map(encodeName))

/** mbsync keeps Unix line ends and marks what it copies with a header line of its own. */
const withoutMarks = (octets: Buffer): Buffer =>
  Buffer.from(
    withLf(octets)
      .toString('latin1')
      .replace(/^X-TUID: .*\n/m, ''),
    'latin1',
  )

async function assertSame(client: ImapClient, home: string): Promise<void> {
  for (const name of await account.folderNames(client)) {
    const far = account.summary((await account.readFolder(client, name)).values(), withoutMarks)
    const near = account.summary(await readMaildir(maildir(home, name)), withoutMarks)
    assert.deepEqual(near, far, name)
  }
}

/** Counts of messages added, flags changed and messages expunged, far side and near side, each as done/found. */
function assertNoOp(counts: string): void {
  assert.match(counts, /F: \+0\/0 \*0\/0 #0\/0 +N: \+0\/0 \*0\/0 #0\/0/)
}
