/** imapflow: one mailbox opened with all it can use (CONDSTORE, IDLE, MOVE, UIDPLUS, LIST-STATUS), then with QRESYNC too. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { ImapFlow } from 'imapflow'
import * as account from '#test/account.ts'
import { eventually } from '#test/eventually.ts'
import { deliverOk } from '#test/lmtp.ts'
import { kinds } from '#test/mail.ts'
import { digest, message } from '#test/message.ts'
import { serverFor } from '#test/server.ts'

test('imapflow', { timeout: 60_000 }, async t => {
  const server = await serverFor(t, { users: { [account.user]: account.password } })
  const other = await account.logIn(server)
  await account.createFolder(other, 'Архив/日本')
  const kept = Object.values(kinds)
  await account.append(
    other,
    'INBOX',
    kept.map(octets => ({ octets })),
  )

  const ca = await readFile(server.certificate, 'utf8')
  const connect = async (qresync: boolean) => {
    const flow = new ImapFlow({
      host: 'localhost',
      port: server.ports.imaps,
      secure: true,
      tls: { ca },
      auth: { user: account.user, pass: account.password },
      logger: false,
      qresync,
      socketTimeout: 20_000,
    })
    await flow.connect()
    t.after(() => flow.close())
    return flow
  }
  const flow = await connect(false)

  await t.test('folders come with their roles, names and counts', async () => {
    const folders = await flow.list({ statusQuery: { messages: true, unseen: true } })
    const names = folders.map(folder => folder.path).filter(name => name !== 'Архив')
    assert.deepEqual(names.sort(), ['Archive', 'Drafts', 'INBOX', 'Junk', 'Sent', 'Trash', 'Архив/日本'])
    assert.equal(folders.find(folder => folder.path === 'Trash')?.specialUse, '\\Trash')
    assert.equal(folders.find(folder => folder.path === 'INBOX')?.status?.messages, kept.length)
  })

  const lock = await flow.getMailboxLock('INBOX')

  await t.test('envelopes, structures and sources come for every kind of mail', async () => {
    const fetched = await flow.fetchAll('1:*', {
      uid: true,
      envelope: true,
      bodyStructure: true,
      source: true,
      flags: true,
    })
    assert.deepEqual(
      fetched.map(mail => digest(mail.source!)),
      kept.map(digest),
    )
    const subjects = fetched.map(mail => mail.envelope?.subject)
    assert.equal(subjects[2], 'Встреча в четверг')
    assert.equal(subjects[3], '会議の変更')
    assert.deepEqual(
      fetched[5]?.bodyStructure?.childNodes?.map(part => part.type),
      ['text/plain', 'text/html'],
    )
    const inner = fetched[7]?.bodyStructure?.childNodes?.[1]
    assert.equal(inner?.type, 'message/rfc822')
    assert.equal(inner?.envelope?.subject, 'The inner one')
  })

  await t.test('an attachment is downloaded in slices and decoded', async () => {
    const { content = [] } = await flow.download(String(kept.length), '2', { uid: true })
    const chunks: Buffer[] = []
    for await (const chunk of content) chunks.push(chunk as Buffer)
    assert.equal(Buffer.concat(chunks).length, 700_000)
  })

  await t.test('search finds text beyond ASCII', async () => {
    assert.deepEqual(await flow.search({ subject: 'четверг' }, { uid: true }), [3])
    assert.deepEqual(await flow.search({ body: 'Grüße' }, { uid: true }), [5])
    assert.deepEqual(await flow.search({ seen: true }), [])
  })

  await t.test('append, flags, copy and move say what became of the message', async () => {
    const appended = await flow.append('Архив/日本', message({ subject: 'by imapflow' }), ['\\Seen', '$Label'])
    assert.ok(appended && appended.uid === 1)
    assert.equal(await flow.messageFlagsAdd('1:2', ['\\Flagged', 'Work']), true)
    assert.deepEqual(await flow.search({ keyword: 'Work' }), [1, 2])
    const copied = await flow.messageCopy('1', 'Архив/日本')
    assert.deepEqual(copied && [...(copied.uidMap ?? [])], [[1, 2]])
    const moved = await flow.messageMove('2', 'Trash')
    assert.deepEqual(moved && [...(moved.uidMap ?? [])], [[2, 1]])
    assert.ok(flow.mailbox && flow.mailbox.exists === kept.length - 1)
  })

  await t.test('while it idles it is told of new mail, of flags and of what is gone', async () => {
    const told: string[] = []
    flow.on('exists', event => told.push(`exists ${event.count}`))
    flow.on('flags', event => told.push(`flags ${event.uid ?? ''} ${[...event.flags].includes('\\Answered')}`))
    flow.on('expunge', event => told.push(`gone ${event.uid}`))
    const idling = flow.idle()
    await deliverOk({ port: server.ports.lmtp, to: [account.address], message: message({ subject: 'pushed' }) })
    await eventually('the new message', () => told.includes(`exists ${kept.length}`))
    await account.store(other, 'INBOX', [4], '+FLAGS (\\Answered)')
    await eventually('the flag', () => told.some(line => /^flags .*true$/.test(line)))
    await account.expunge(other, 'INBOX', [5])
    await eventually('the expunge', () => told.some(line => line.startsWith('gone')))
    await flow.noop()
    await idling
  })

  await t.test('changes since a modseq are few', async () => {
    const status = await flow.status('INBOX', { highestModseq: true })
    assert.ok(status)
    assert.ok(status.highestModseq)
    await account.store(other, 'INBOX', [6, 7], '+FLAGS (\\Seen)')
    // Takes what the server tells unasked, so that only the answer is counted.
    await flow.noop()
    const changed = await flow.fetchAll('1:*', { uid: true }, { changedSince: status.highestModseq })
    assert.deepEqual(
      changed.map(mail => mail.uid),
      [6, 7],
    )
  })
  lock.release()
  await flow.logout()

  await t.test('with QRESYNC what is gone is told by UID', async () => {
    const resyncing = await connect(true)
    await resyncing.mailboxOpen('INBOX')
    const gone: unknown[] = []
    resyncing.on('expunge', event => gone.push(event.uid))
    const idling = resyncing.idle()
    await account.expunge(other, 'INBOX', [8])
    await eventually('the expunge', () => gone.includes(8))
    await resyncing.noop()
    await idling
    await resyncing.logout()
  })
  await other.logout()
})
