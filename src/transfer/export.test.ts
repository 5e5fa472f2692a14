import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { type Refusal, StoreFault } from '#base/errors.ts'
import type { Mail } from '#mail/mail.ts'
import { createMailbox } from '#mail/mailboxes.ts'
import type { BlobStore } from '#ports/blobs.ts'
import { Flag } from '#ports/metadata.ts'
import { formats } from '#ports/transfer.ts'
import { openMemoryMail } from '#test/memory-mail.ts'
import { exportMail } from './export.ts'
import { exporting, importing, put, snapshot } from './transfer-support.test.ts'

const folder = await mkdtemp(join(tmpdir(), 'rookery-export-'))
after(() => rm(folder, { recursive: true }))
let made = 0
const fresh = () => join(folder, String(++made))

async function fill(mail: Mail, mailboxes: Readonly<Record<string, number>>): Promise<void> {
  for (const [name, messages] of Object.entries(mailboxes)) {
    if (name !== 'INBOX') await createMailbox(mail, name, null)
    const letters = Array.from({ length: messages }, (_, i) => ({
      octets: Buffer.from(`Subject: ${name} ${i}\r\n\r\nbody\r\n`),
      uid: i + 1,
      flags: 0,
      keywords: [],
      receivedAt: 1_700_000_000_000,
      zone: 0,
    }))
    await put(mail, name, letters)
  }
}

/** The n-th read of a body fails. */
function failingBlobs({ blobs }: Mail, fails: (id: string, read: number) => boolean): BlobStore {
  let reads = 0
  return {
    stage: () => blobs.stage(),
    read(ref, start, end) {
      if (fails(ref.id, ++reads)) throw new StoreFault('corrupt', 'the body is damaged')
      return blobs.read(ref, start, end)
    },
  }
}

for (const format of formats) {
  test(`export ${format}: the target is there only when it is whole; the same command goes on`, async () => {
    await using from = await openMemoryMail()
    await fill(from.mail, { INBOX: 300, Later: 300 })
    const target = fresh()
    const stop = new Error('stopped')
    const interrupted = exportMail(
      from.mail,
      exporting({
        target,
        format,
        onProgress({ done }) {
          if (done === 500) throw stop
        },
      }),
    )
    await assert.rejects(interrupted, stop)
    await assert.rejects(stat(target))
    // Meanwhile the mail changes.
    const later = (await from.mail.metadata.mailboxNamed(from.mail.account, 'Later'))!.id
    await from.mail.metadata.setFlags(from.mail.account, later, {
      uids: [[3, 3]],
      action: 'add',
      flags: Flag.flagged,
      keywords: [],
    })
    await from.mail.metadata.expunge(from.mail.account, later, [[4, 4]], false)
    const report = await exportMail(from.mail, exporting({ target, format }))
    assert.equal(report.skipped, format === 'mbox' ? 300 : 499)
    assert.equal(report.messages + report.skipped, 599)
    await assert.rejects(stat(`${target}.part`))

    await using to = await openMemoryMail()
    await importing(fresh(), to.mail, { path: target })
    assert.deepEqual(await letters(to.mail), await letters(from.mail))
  })

  test(`export ${format}: a body that is damaged is told of, the others are written`, async () => {
    await using from = await openMemoryMail()
    await fill(from.mail, { INBOX: 3 })
    const rows = await from.mail.metadata.messages(from.mail.account, from.inbox, Uint32Array.of(2))
    const mail = { ...from.mail, blobs: failingBlobs(from.mail, id => id === rows[0]!.blob.id) }
    const problems: string[] = []
    const target = fresh()
    const report = await exportMail(
      mail,
      exporting({ target, format, onProblem: ({ place, problem }) => problems.push(`${place}: ${problem}`) }),
    )
    assert.deepEqual(problems, ['INBOX, UID 2: the body is damaged'])
    assert.deepEqual([report.messages, report.problems], [2, 1])
    await using to = await openMemoryMail()
    const back = await importing(fresh(), to.mail, { path: target })
    assert.deepEqual(back.problems, [])
    assert.deepEqual(
      (await letters(to.mail)).INBOX!.map(each => each.uid),
      [1, 3],
    )
  })

  test(`export ${format}: nothing is written over`, async () => {
    await using from = await openMemoryMail()
    await fill(from.mail, { INBOX: 1 })
    const target = fresh()
    await mkdir(target)
    await writeFile(join(target, 'mine'), 'x')
    await assert.rejects(exportMail(from.mail, exporting({ target, format })), /is there already/)
    const other = fresh()
    await mkdir(`${other}.part`)
    await writeFile(join(`${other}.part`, 'mine'), 'x')
    await assert.rejects(exportMail(from.mail, exporting({ target: other, format })), /from another export/)
    assert.deepEqual([await readdir(target), await readdir(`${other}.part`)], [['mine'], ['mine']])
    const empty = fresh()
    await mkdir(empty)
    await exportMail(from.mail, exporting({ target: empty, format }))
    assert.ok((await readdir(empty)).length > 0)
  })
}

test('export: one mailbox, all below one, and one that is not there', async () => {
  await using from = await openMemoryMail()
  await fill(from.mail, { INBOX: 1, A: 1, 'A/b': 1, 'A/b/c': 1, Ab: 1 })
  const named = async (...mailboxes: string[]) => {
    await using to = await openMemoryMail()
    const target = fresh()
    await exportMail(from.mail, exporting({ target, format: 'eml', mailboxes }))
    await importing(fresh(), to.mail, { path: target })
    return Object.entries(await letters(to.mail))
      .filter(([, has]) => has.length > 0)
      .map(([name]) => name)
  }
  assert.deepEqual(await named('A'), ['A'])
  assert.deepEqual(await named('A/*'), ['A/b', 'A/b/c'])
  assert.deepEqual(await named('inbox', 'A/b'), ['INBOX', 'A/b'])
  await assert.rejects(named('B'), (error: Refusal) => /there is no mailbox B/.test(error.message))
})

test('export mbox: what other programs read', async () => {
  await using from = await openMemoryMail()
  await put(from.mail, 'INBOX', [
    {
      octets: Buffer.from('Subject: a\r\n\r\nFrom x\r\n'),
      uid: 4,
      flags: Flag.seen | Flag.flagged,
      keywords: ['Work'],
      receivedAt: Date.UTC(2024, 1, 3, 4, 5, 6),
      zone: 60,
    },
    { octets: Buffer.from('Subject: b\r\n\r\n'), uid: 9, flags: 0, keywords: [], receivedAt: 0, zone: 0 },
  ])
  const { uidValidity } = (await from.mail.metadata.mailboxNamed(from.mail.account, 'INBOX'))!
  const target = `${fresh()}.mbox`
  await exportMail(from.mail, exporting({ target, format: 'mbox', mailboxes: ['INBOX'] }))
  const expected = `From MAILER-DAEMON Sat Feb  3 05:05:06 2024 +0100
X-IMAPbase: ${uidValidity} 0000000009 Work
X-Keywords: Work
X-UID: 4
X-Status: F
Status: RO
Subject: a

>From x

From MAILER-DAEMON Thu Jan  1 00:00:00 1970 +0000
X-UID: 9
Status: O
Subject: b


`
  assert.equal(await readFile(target, 'utf8'), expected)
})

async function letters(mail: Mail) {
  return Object.fromEntries((await snapshot(mail)).map(each => [each.name, each.letters]))
}
