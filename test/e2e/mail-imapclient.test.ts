/** Perl's Mail::IMAPClient by STARTTLS: folders, append, fetch, search, sort, copy, move, expunge, IDLE. */
import assert from 'node:assert/strict'
import { mkdtempDisposable, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import * as account from '#test/account.ts'
import { missing, run, runOk } from '#test/program.ts'
import { serverFor } from '#test/server.ts'

const script = fileURLToPath(new URL('mail-imapclient.pl', import.meta.url))

test('Mail::IMAPClient', { skip: await lacking(), timeout: 60_000 }, async t => {
  const server = await serverFor(t, { users: { [account.user]: account.password } })
  await using home = await mkdtempDisposable(join(tmpdir(), 'perl-'))
  const deliver = join(home.path, 'deliver')
  const lmtp = fileURLToPath(new URL('../support/lmtp.ts', import.meta.url))
  const program = `import('${lmtp}').then(l => l.deliverOk({ port: ${server.ports.lmtp}, to: ['${account.address}'], message: Buffer.from('Subject: pushed\\r\\n\\r\\n') }))`
  await writeFile(deliver, `#!/bin/sh\nexec ${process.execPath} -e "${program}"\n`, { mode: 0o755 })

  const args = [String(server.ports.imap), account.user, account.password, server.certificate, deliver]
  const seen = JSON.parse((await runOk('perl', [script, ...args], { timeoutMs: 50_000 })).stdout)
  assert.deepEqual(seen.folders, ['Archive', 'Drafts', 'INBOX', 'Junk', 'Sent', 'Trash'])
  assert.equal(seen.separator, '/')
  assert.ok(seen.capability.includes('IDLE'), seen.capability)
  assert.equal(seen.exists, 1)
  assert.equal(seen.count, 1)
  assert.equal(seen.whole, 1, 'the message came back octet for octet')
  // The same moment, whatever zone the server tells it in.
  assert.equal(Date.parse(seen.date), Date.parse('2023-07-17T02:44:25-07:00'))
  assert.equal(seen.size, 66)
  assert.equal(seen.subject, 'From Perl')
  assert.equal(seen.header, 'perl@example.org')
  assert.equal(seen.envelope, 'From Perl')
  assert.equal(seen.structure, 'TEXT')
  assert.deepEqual(seen.flags, ['Custom', '\\Flagged', '\\Seen'])
  assert.equal(seen.search.length, 1)
  assert.deepEqual(seen.sort, seen.search)
  assert.equal(seen.left, 0)
  assert.equal(seen.inbox, 1)
  assert.match(seen.pushed[0], /^\* 2 EXISTS/)

  const client = await account.logIn(server)
  assert.equal((await account.readFolder(client, 'Trash')).size, 1)
  assert.ok(!(await account.folderNames(client)).some(name => name.startsWith('Perl/')))
  await client.logout()
})

async function lacking(): Promise<string | false> {
  const modules = ['Mail::IMAPClient', 'IO::Socket::SSL', 'JSON::PP']
  if (missing('perl')) return missing('perl')
  const { code } = await run('perl', [...modules.map(module => `-M${module}`), '-e', '1'])
  return code !== 0 && `not installed: one of the Perl modules ${modules.join(', ')}`
}
