/** What a person does with mutt or neomutt at a terminal: read, copy out, search, flag, move, delete, and see new mail come in. */
import assert from 'node:assert/strict'
import { mkdtempDisposable, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import * as account from '#test/account.ts'
import { eventually } from '#test/eventually.ts'
import { deliverOk } from '#test/lmtp.ts'
import { kinds } from '#test/mail.ts'
import { readMaildir } from '#test/maildir.ts'
import { digest, message, withLf } from '#test/message.ts'
import { missing, runOk } from '#test/program.ts'
import { serverFor, type TestServer } from '#test/server.ts'
import { openTerminal } from '#test/terminal.ts'

type Program = 'mutt' | 'neomutt'

/** Both keep a trace of what they send in `.muttdebug0`. */
const traced: Readonly<Record<Program, string>> = { mutt: '-d 2', neomutt: '-d 2 -l ~/.muttdebug' }

const mails = Object.values(kinds)

export function roundWith(program: Program): void {
  test(program, { skip: missing(program, 'script'), timeout: 90_000 }, async t => {
    const server = await serverFor(t, { users: { [account.user]: account.password } })
    await using home = await mkdtempDisposable(join(tmpdir(), `${program}-`))
    const client = await account.logIn(server)
    await account.createFolder(client, 'Архив')
    await account.append(
      client,
      'INBOX',
      mails.map(octets => ({ octets })),
    )
    const config = await writeConfig(server, home.path)
    const env = { HOME: home.path }
    await using terminal = openTerminal(`${program} -n -F ${config} ${traced[program]}`, env)
    const inbox = () => account.readFolder(client, 'INBOX')

    await t.test('the mailbox is listed, subjects decoded', async () => {
      await terminal.sees('A large attachment')
      terminal.type('\x0c')
      await terminal.sees('会議の変更')
    })

    await t.test('all messages are copied out octet for octet', async () => {
      terminal.type('T~A\n;C')
      terminal.type(`${home.path}/out\n`)
      const out = await eventually('the copies', async () => {
        const kept = await readMaildir(join(home.path, 'out'))
        return kept.length === mails.length && kept
      })
      assert.deepEqual(
        out.map(mail => digest(withoutMarks(mail.octets))).sort(),
        mails.map(octets => digest(withLf(octets))).sort(),
      )
      terminal.type('\x14~A\n')
    })

    await t.test('what the server finds in bodies is flagged', async () => {
      terminal.type('T=b "Hello in text"\n;F;\x14~A\n$')
      await eventually('the flag', async () => {
        const flagged = [...(await inbox()).values()].filter(mail => mail.flags.includes('\\Flagged'))
        return flagged.length === 1 && digest(flagged[0]!.octets) === digest(kinds.alternative!)
      })
    })

    await t.test('a message is moved to a folder, another is deleted', async () => {
      terminal.type('/Lines with dots\n')
      terminal.type('s=Архив\n')
      await eventually('the copy', async () => (await account.readFolder(client, 'Архив')).size === 1)
      terminal.type('D~s "Report attached"\n$')
      await eventually('both to go', async () => (await inbox()).size === mails.length - 2)
      account.only(await account.readFolder(client, 'Архив'), 'Lines with dots')
    })

    await t.test('new mail shows up while it idles', async () => {
      await deliverOk({
        port: server.ports.lmtp,
        to: [account.address],
        message: message({ subject: 'Pushed at once' }),
      })
      await terminal.sees('Pushed at once')
      const trace = await readFile(join(home.path, '.muttdebug0'), 'utf8')
      assert.match(trace, /> a\d+ IDLE/)
      assert.doesNotMatch(trace, /> a\d+ NOOP/)
    })

    await t.test('it leaves in order', async () => {
      terminal.type('q')
      assert.equal(await terminal.ended(), 0)
    })

    // neomutt keeps no copy over IMAP in batch mode.
    if (program === 'mutt') {
      await t.test('mail sent is kept on the server', async () => {
        const args = ['-n', '-F', config, '-s', 'Sent by hand', '-a', config, '--', 'bob@example.org']
        await runOk(program, args, { env, input: 'Привет\n' })
        account.only(await account.readFolder(client, 'Sent'), 'Subject: Sent by hand')
      })
    }
    await client.logout()
  })
}

/** Both add two header lines to what they copy to a Maildir. */
const withoutMarks = (octets: Buffer): Buffer =>
  Buffer.from(octets.toString('latin1').replace(/^Content-Length: \d+\nLines: \d+\n/m, ''), 'latin1')

async function writeConfig(server: TestServer, home: string): Promise<string> {
  const path = join(home, 'muttrc')
  const text = `
set folder="imaps://localhost:${server.ports.imaps}/"
set spoolfile="+INBOX"
set record="+Sent"
set imap_user="${account.user}"
set imap_pass="${account.password.replaceAll(/["\\]/g, '\\$&')}"
set ssl_force_tls=yes ssl_starttls=yes
set certificate_file="${server.certificate}"
set sendmail="/bin/true" from="alice@localhost" realname="Alice"
set mbox_type=Maildir header_cache="${home}/cache"
set confirmcreate=no confirmappend=no delete=yes quit=yes move=no mark_old=no wait_key=no
set sort=mailbox-order
set imap_idle=yes mail_check=600 timeout=1 imap_keepalive=300
`
  await writeFile(path, text)
  return path
}
