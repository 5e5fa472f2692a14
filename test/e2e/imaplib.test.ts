/** Python's imaplib, as scripts use it: over TLS fetch what is unread; and a wider round through the commands it has methods for. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as account from '#test/account.ts'
import { kinds } from '#test/mail.ts'
import { digest } from '#test/message.ts'
import { missing, runOk } from '#test/program.ts'
import { serverFor } from '#test/server.ts'

const unread = `
import hashlib, imaplib, json, sys
port, user, password = int(sys.argv[1]), sys.argv[2], sys.argv[3]
mail = imaplib.IMAP4_SSL('localhost', port)
mail.login(user, password)
mail.select('INBOX')
status, found = mail.search(None, 'UNSEEN')
hashes = []
for number in found[0].split():
    status, data = mail.fetch(number, '(RFC822)')
    hashes.append(hashlib.sha256(data[0][1]).hexdigest())
mail.logout()
print(json.dumps({'status': status, 'hashes': hashes}))
`

const round = `
import imaplib, json, ssl, sys, time
port, user, password, certificate = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]
out = {}
def ok(answer):
    status, data = answer
    assert status == 'OK', answer
    return data
with imaplib.IMAP4('localhost', port) as mail:
    ok(mail.starttls(ssl.create_default_context(cafile=certificate)))
    ok(mail.login(user, password))
    out['capability'] = ok(mail.capability())[0].decode().split()
    ok(mail.create('Projects'))
    ok(mail.subscribe('Projects'))
    message = b'Subject: appended\\r\\n\\r\\nbody\\r\\n'
    when = imaplib.Time2Internaldate(1700000000)
    ok(mail.append('Projects', '(\\\\Flagged Work)', when, message))
    ok(mail.append('Projects', None, None, message))
    out['exists'] = int(ok(mail.select('Projects'))[0])
    out['date'] = time.mktime(imaplib.Internaldate2tuple(ok(mail.fetch('1', '(INTERNALDATE)'))[0]))
    out['flags'] = [f.decode() for f in imaplib.ParseFlags(ok(mail.fetch('1', '(FLAGS)'))[0])]
    out['stored'] = [f.decode() for f in imaplib.ParseFlags(ok(mail.store('2', '+FLAGS', r'(\\Deleted)'))[0])]
    out['expunged'] = ok(mail.expunge())[0].decode()
    ok(mail.copy('1', 'INBOX'))
    out['uid'] = ok(mail.uid('SEARCH', None, 'KEYWORD', 'Work'))[0].decode()
    ok(mail.close())
    ok(mail.rename('Projects', 'Done'))
    out['list'] = len(ok(mail.list('""', 'Done')))
    ok(mail.lsub())
    out['status'] = ok(mail.status('Done', '(MESSAGES UNSEEN)'))[0].decode()
    ok(mail.delete('Done'))
    out['namespace'] = ok(mail.namespace())[0].decode()
    out['unknown'] = mail.select('Missing')[0]
    ok(mail.noop())
print(json.dumps(out))
`

test('imaplib', { skip: missing('python3'), timeout: 60_000 }, async t => {
  const server = await serverFor(t, { users: { [account.user]: account.password } })
  const python = async (script: string, ...args: string[]) =>
    JSON.parse(
      (
        await runOk('python3', ['-', ...args, account.user, account.password, server.certificate].map(String), {
          input: script,
        })
      ).stdout,
    )
  const client = await account.logIn(server)
  await account.append(
    client,
    'INBOX',
    Object.values(kinds).map(octets => ({ octets })),
  )
  await account.append(client, 'INBOX', [{ octets: Buffer.from('Subject: read\r\n\r\n'), flags: ['\\Seen'] }])

  await t.test('unread mail is fetched whole and is read afterwards', async () => {
    const seen = await python(unread, String(server.ports.imaps))
    assert.equal(seen.status, 'OK')
    assert.deepEqual(seen.hashes, Object.values(kinds).map(digest))
    const again = await python(unread, String(server.ports.imaps))
    assert.deepEqual(again.hashes, [])
  })

  await t.test('a round through folders, flags, dates and moves', async () => {
    const seen = await python(round, String(server.ports.imap))
    assert.ok(seen.capability.includes('IMAP4rev1'))
    assert.equal(seen.exists, 2)
    assert.equal(seen.date, 1_700_000_000)
    assert.deepEqual(seen.flags.filter((flag: string) => flag !== '\\Recent').sort(), ['Work', '\\Flagged'])
    assert.deepEqual(
      seen.stored.filter((flag: string) => flag !== '\\Recent'),
      ['\\Deleted'],
    )
    assert.equal(seen.expunged, '2')
    assert.equal(seen.uid, '1')
    assert.equal(seen.list, 1)
    assert.match(seen.status, /^"?Done"? \(MESSAGES 1 UNSEEN 1\)$/)
    assert.match(seen.namespace, /^\(\("" "\/"\)\)/)
    assert.equal(seen.unknown, 'NO')
    const inbox = await account.readFolder(client, 'INBOX')
    assert.deepEqual(account.only(inbox, 'Subject: appended').flags, ['Work', '\\Flagged'])
    assert.ok(!(await account.folderNames(client)).includes('Projects'))
  })
  await client.logout()
})
