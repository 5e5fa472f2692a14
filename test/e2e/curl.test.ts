/** curl: list, search, fetch whole and in parts, upload, custom commands; in clear, by STARTTLS and over TLS. */
import assert from 'node:assert/strict'
import { mkdtempDisposable, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import * as account from '#test/account.ts'
import { kinds } from '#test/mail.ts'
import { message } from '#test/message.ts'
import { encodeName } from '#test/names.ts'
import { missing, run, runOk } from '#test/program.ts'
import { serverFor } from '#test/server.ts'

test('curl', { skip: missing('curl'), timeout: 60_000 }, async t => {
  const server = await serverFor(t, { users: { [account.user]: account.password } })
  await using home = await mkdtempDisposable(join(tmpdir(), 'curl-'))
  const client = await account.logIn(server)
  const { plain, large } = kinds as { plain: Buffer; large: Buffer }
  await account.createFolder(client, 'Архив/2024')
  await account.append(client, 'INBOX', [{ octets: plain }, { octets: large }])
  const credentials = ['--silent', '--show-error', '--user', `${account.user}:${account.password}`]
  const clear = `imap://127.0.0.1:${server.ports.imap}`
  const curl = async (...args: string[]) => (await runOk('curl', [...credentials, ...args])).stdout

  await t.test('folders are listed', async () => {
    const listed = await curl(`${clear}/`)
    assert.match(listed, /^\* LIST \(.*\) "\/" "?INBOX"?\r$/m)
    assert.ok(listed.includes(encodeName('Архив/2024')))
  })

  await t.test('a message by sequence number comes whole, and is read then', async () => {
    assert.equal(await curl(`${clear}/INBOX;MAILINDEX=1`), plain.toString())
    assert.match(await curl(`${clear}/INBOX?SEEN`), /^\* SEARCH 1\r?$/m)
  })

  await t.test('a large message by UID comes whole over TLS', async () => {
    const tls = ['--cacert', server.certificate, `imaps://localhost:${server.ports.imaps}/INBOX;UID=2`]
    assert.equal(await curl(...tls), large.toString())
  })

  await t.test('a section by STARTTLS', async () => {
    const url = `imap://localhost:${server.ports.imap}/INBOX;UID=1;SECTION=TEXT`
    assert.equal(await curl('--ssl-reqd', '--cacert', server.certificate, url), 'This is message 1.\r\n')
  })

  await t.test('an upload is there octet for octet', async () => {
    const octets = message({ subject: 'Uploaded by curl', number: 20 })
    const file = join(home.path, 'mail.eml')
    await writeFile(file, octets)
    await curl('--upload-file', file, `${clear}/Drafts`)
    const drafts = [...(await account.readFolder(client, 'Drafts')).values()]
    assert.deepEqual(
      drafts.map(mail => mail.octets.toString()),
      [octets.toString()],
    )
  })

  await t.test('commands of the user', async () => {
    const stored = await curl('--request', 'STORE 2 +Flags \\Flagged', `${clear}/INBOX`)
    assert.match(stored, /^\* 2 FETCH \(.*\\Flagged/m)
    await curl('--request', 'MOVE 2 Trash', `${clear}/INBOX`)
    const trash = [...(await account.readFolder(client, 'Trash')).values()]
    assert.deepEqual(account.summary(trash), account.summary([{ octets: large, flags: ['\\Flagged', '\\Seen'] }]))
    assert.equal((await account.readFolder(client, 'INBOX')).size, 1)
  })

  await t.test('a wrong password is refused', async () => {
    const refused = await run('curl', ['--silent', '--user', `${account.user}:wrong`, `${clear}/`])
    assert.equal(refused.code, 67, refused.stdout)
  })
  await client.logout()
})
