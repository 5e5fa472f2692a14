import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import fc from 'fast-check'
import type { Mail } from '#mail/mail.ts'
import { createMailbox, setSubscribed } from '#mail/mailboxes.ts'
import { Flag } from '#ports/metadata.ts'
import { type Format, formats } from '#ports/transfer.ts'
import { openMemoryMail } from '#test/memory-mail.ts'
import { exportMail } from './export.ts'
import { exporting, importing, type Letter, put, snapshot } from './transfer-support.test.ts'

const folder = await mkdtemp(join(tmpdir(), 'rookery-transfer-'))
after(() => rm(folder, { recursive: true }))
let made = 0
const fresh = () => join(folder, String(++made))

/** Mail out of one account and into another, and what both then have. */
async function around(format: Format, fill: (mail: Mail) => Promise<void>) {
  await using from = await openMemoryMail()
  await using to = await openMemoryMail()
  await fill(from.mail)
  const target = fresh()
  const out = await exportMail(from.mail, exporting({ target, format }))
  const back = await importing(fresh(), to.mail, { path: target })
  assert.equal(back.report.format, format, 'the format is seen')
  return {
    out,
    back: back.report,
    problems: back.problems,
    given: await snapshot(from.mail),
    got: await snapshot(to.mail),
  }
}

const letter = (octets: string, more: Partial<Letter> = {}): Letter => ({
  octets: Buffer.from(octets, 'latin1'),
  uid: 1,
  flags: 0,
  keywords: [],
  receivedAt: Date.UTC(2024, 1, 29, 12, 30, 5),
  zone: 0,
  ...more,
})

const bodies: [name: string, octets: string][] = [
  ['plain', 'Subject: a\r\n\r\nbody\r\n'],
  [
    'From lines in the body',
    'Subject: a\r\n\r\nFrom x Thu Jan  1 00:00:07 1970\r\n>From y\r\n\r\nFrom \r\n>>From z\r\n',
  ],
  ['8-bit', 'Subject: \xfc\r\n\r\n\xff\xfe\x00\x80\r\n'],
  ['an empty body', 'Subject: a\r\n\r\n'],
  ['no empty line', 'Subject: a\r\n'],
  ['no header', '\r\nbody\r\n'],
  ['empty lines at the end', 'Subject: a\r\n\r\nbody\r\n\r\n\r\n\r\n'],
  [
    'fields that an mbox has for itself',
    'Status: RO\r\nX-UID: 77\r\nX-Keywords: a\r\n b\r\nX-Kept-Status: x\r\nX-IMAP: 1 1\r\n\r\nx\r\n',
  ],
  ['a header that begins with a blank', ' folded\r\nSubject: a\r\n\r\nx\r\n'],
  ['a CR in a line', 'Subject: a\r\n\r\nx\ry\r\n'],
  ['large', `Subject: a\r\n\r\n${'From x\r\nline of text\r\n'.repeat(30_000)}`],
]
/** What an mbox cannot hold; the others can. */
const beyondMbox: [name: string, octets: string][] = [
  ['no end of the last line', 'Subject: a\r\n\r\nbody'],
  ['nothing', ''],
  ['bare line feeds', 'Subject: a\n\nbody\r\nx\n'],
  ['CR CR LF', 'Subject: a\r\n\r\nbody\r\r\n'],
  ['a large one with bare line feeds', `Subject: a\r\n\r\n${'x'.repeat(300_000)}\r\n${'line\r\n'.repeat(50_000)}\n`],
]

for (const format of formats) {
  for (const [name, octets] of format === 'mbox' ? bodies : [...bodies, ...beyondMbox]) {
    test(`${format}: ${name}`, async () => {
      const { given, got, back } = await around(format, mail =>
        put(mail, 'INBOX', [letter(octets), letter('Subject: next\r\n\r\nx\r\n', { uid: 2 })]),
      )
      assert.deepEqual(got, given)
      assert.deepEqual([back.messages, back.problems, back.renumbered], [2, 0, 0])
    })
  }

  test(`${format}: flags, keywords, dates and UIDs`, async () => {
    const { given, got } = await around(format, mail =>
      put(mail, 'INBOX', [
        letter('A: 1\r\n\r\n', { uid: 3, flags: 31, keywords: ['$Forwarded', 'Work', 'zeta'], zone: -330 }),
        letter('A: 2\r\n\r\n', {
          uid: 7,
          flags: Flag.answered,
          receivedAt: Date.UTC(1999, 11, 31, 23, 59, 59),
          zone: 840,
        }),
        letter('A: 2\r\n\r\n', { uid: 4_000_000_000, keywords: ['Work'] }),
      ]),
    )
    assert.deepEqual(got, given)
  })

  test(`${format}: mailboxes nested, odd, empty and long, their roles and subscriptions`, async () => {
    const names = [
      'Sent',
      'Sent/2026',
      'Entwürfe/Ärger & Söhne',
      'INBOX/Sub',
      'a.b',
      'a.b/.c.mbox',
      'x.eml/1.eml',
      '日本語/ü',
      'cur',
      'A:b?"<|>\\c',
      `${'lang'.repeat(100)}/unten`,
    ]
    const { given, got } = await around(format, async mail => {
      await createMailbox(mail, 'Gone sent', 'sent')
      for (const name of names) {
        await createMailbox(mail, name, null)
        await setSubscribed(mail, name, name.length % 2 === 0)
        await put(mail, name, name === 'Sent' ? [] : [letter(`Subject: ${names.indexOf(name)}\r\n\r\n`, { uid: 5 })])
      }
    })
    assert.deepEqual(got, given)
    assert.equal(got.find(each => each.name === 'Gone sent')!.role, 'sent')
  })

  test(`${format}: any mail comes back as it was`, async () => {
    const lines = fc.array(
      fc.oneof(
        fc.constantFrom('', 'From x', '>From ', 'Status: R', 'X-Status: A', 'Subject: x', '.', ' b'),
        fc.string({ maxLength: 10 }).map(text => text.replace(/[\r\n]/g, ' ')),
      ),
      { maxLength: 6 },
    )
    const letters = fc.array(
      fc.record({
        lines,
        flags: fc.integer({ min: 0, max: 31 }),
        keywords: fc.uniqueArray(fc.constantFrom('$Forwarded', '$Junk', 'a', 'b.c', 'D'), { maxLength: 3 }),
        seconds: fc.integer({ min: 1, max: 4_000_000_000 }),
        zone: fc.integer({ min: -840, max: 840 }),
        step: fc.integer({ min: 1, max: 1000 }),
      }),
      { maxLength: 6 },
    )
    await fc.assert(
      fc.asyncProperty(letters, fc.boolean(), async (drafts, nested) => {
        let uid = 0
        const mailbox = nested ? 'Ä/b.c' : 'INBOX'
        const { given, got } = await around(format, async mail => {
          if (nested) await createMailbox(mail, mailbox, null)
          const all = drafts.map(({ lines: each, seconds, step, ...rest }) => {
            uid += step
            const octets = each.map(text => `${Buffer.from(text).toString('latin1')}\r\n`).join('')
            return letter(octets, { ...rest, uid, receivedAt: seconds * 1000 })
          })
          await put(mail, mailbox, all)
        })
        assert.deepEqual(got, given)
      }),
      { numRuns: 25 },
    )
  })
}

test('maildir: the 27th keyword is lost, and told of', async () => {
  const keywords = Array.from({ length: 27 }, (_, i) => `k${String(i).padStart(2, '0')}`)
  await using from = await openMemoryMail()
  await put(from.mail, 'INBOX', [letter('A: b\r\n\r\n', { keywords })])
  const problems: string[] = []
  const report = await exportMail(
    from.mail,
    exporting({
      target: fresh(),
      format: 'maildir',
      onProblem: each => problems.push(`${each.place}: ${each.problem}`),
    }),
  )
  assert.equal(report.problems, 1)
  assert.match(problems[0]!, /^INBOX, UID 1: lost keywords.*: k26$/)
})

test('mbox: a last line gets its end, bare line feeds become CRLF', async () => {
  const { got, problems } = await around('mbox', mail =>
    put(mail, 'INBOX', [letter('A: b\r\n\r\nx\ny'), letter('A: c\r\n\r\nz\r\n', { uid: 2 })]),
  )
  assert.deepEqual(
    got[0]!.letters.map(each => each.octets.toString()),
    ['A: b\r\n\r\nx\r\ny\r\n', 'A: c\r\n\r\nz\r\n'],
  )
  assert.deepEqual(problems, [])
})

test('one mailbox into one mbox file, and nothing beside it', async () => {
  await using from = await openMemoryMail()
  await put(from.mail, 'INBOX', [letter('A: b\r\n\r\n')])
  const home = fresh()
  await exportMail(from.mail, exporting({ target: join(home, 'in.mbox'), format: 'mbox', mailboxes: ['inbox'] }))
  assert.deepEqual(await readdir(home), ['in.mbox'])
})
