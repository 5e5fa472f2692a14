/** getmail6 over TLS: several folders into a Maildir, once each; then with deletion, which goes by sequence number across expunges. */
import assert from 'node:assert/strict'
import { chmod, mkdir, mkdtempDisposable, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import * as account from '#test/account.ts'
import { mailSet } from '#test/mail.ts'
import { digest, withLf } from '#test/message.ts'
import { missing, runOk } from '#test/program.ts'
import { serverFor, type TestServer } from '#test/server.ts'

const folders: Readonly<Record<string, number>> = { INBOX: 40, 'Работа/Отчёты': 15, 'R&D': 5 }

/** getmail does not deliver as root. */
const runsAsRoot = process.getuid?.() === 0

test('getmail6', { skip: missing('getmail'), timeout: 60_000 }, async t => {
  const server = await serverFor(t, { users: { [account.user]: account.password } })
  await using home = await mkdtempDisposable(join(tmpdir(), 'getmail-'))
  const client = await account.logIn(server)
  const all: Buffer[] = []
  for (const [name, count] of Object.entries(folders)) {
    const mails = mailSet(name, count)
    if (name !== 'INBOX') await account.createFolder(client, name)
    await account.append(
      client,
      name,
      mails.map(octets => ({ octets })),
    )
    all.push(...mails)
  }
  const getmail = async (remove: boolean) => {
    await writeConfig(server, home.path, remove)
    const { stdout } = await runOk('getmail', ['--getmaildir', home.path, '--rcfile', 'rc'], { timeoutMs: 40_000 })
    return stdout
  }

  await t.test('every message of every folder comes octet for octet', async () => {
    await getmail(false)
    assert.deepEqual(await readMaildir(home.path), all.map(octets => digest(withLf(octets))).sort())
  })

  await t.test('a second run retrieves nothing', async () => {
    assert.match(await getmail(false), /\b0 messages \(0 bytes\) retrieved, 60 skipped/)
    assert.equal((await readMaildir(home.path)).length, 60)
  })

  await t.test('with deletion the server is empty afterwards and nothing is lost', async () => {
    await rm(join(home.path, 'Maildir'), { recursive: true })
    for (const file of await readdir(home.path)) if (file.startsWith('oldmail')) await rm(join(home.path, file))
    await getmail(true)
    assert.deepEqual(await readMaildir(home.path), all.map(octets => digest(withLf(octets))).sort())
    for (const name of Object.keys(folders)) assert.equal((await account.readFolder(client, name)).size, 0, name)
  })
  await client.logout()
})

async function writeConfig(server: TestServer, home: string, remove: boolean): Promise<void> {
  for (const part of ['cur', 'new', 'tmp']) await mkdir(join(home, 'Maildir', part), { recursive: true })
  if (runsAsRoot) {
    await chmod(home, 0o755)
    await runOk('chown', ['-R', 'nobody', join(home, 'Maildir')])
  }
  const names = Object.keys(folders).map(name => JSON.stringify(name))
  const text = `
[retriever]
type = SimpleIMAPSSLRetriever
server = localhost
port = ${server.ports.imaps}
ca_certs = ${server.certificate}
username = ${account.user}
password = ${account.password}
mailboxes = (${names.join(', ')})

[destination]
type = Maildir
path = ${home}/Maildir/
${runsAsRoot ? 'user = nobody' : ''}

[options]
read_all = false
delete = ${remove}
delivered_to = false
received = false
verbose = 1
`
  await writeFile(join(home, 'rc'), text)
}

async function readMaildir(home: string): Promise<string[]> {
  const folder = join(home, 'Maildir', 'new')
  const files = await readdir(folder)
  return (await Promise.all(files.map(async file => digest(withoutMarks(await readFile(join(folder, file))))))).sort()
}

/** getmail adds two header lines of its own. */
function withoutMarks(octets: Buffer): Buffer {
  const header = /^Return-Path: <unknown>\n|^X-getmail-retrieved-from-mailbox:.*\n(?:[ \t].*\n)*/gm
  return Buffer.from(octets.toString('latin1').replaceAll(header, ''), 'latin1')
}
