/** What mail programs read: a large mailbox's flags, lists of messages, and the messages themselves. */
import { digestOf, expectSame, fetched, uidsOf } from '../load/check.ts'
import { append, reader } from '../load/fixtures.ts'
import { expect, type Lab } from '../load/lab.ts'
import type { Answer, Session } from '../load/session.ts'
import { largeText, mail, numbers } from '../mail.ts'
import type { Scenario } from './scenario.ts'

const headerFields =
  'From To Cc Bcc Subject Date Message-ID Priority X-Priority References Newsgroups In-Reply-To Content-Type Reply-To List-Unsubscribe Received'

/** SELECT and all flags of the large mailbox; the session's first and then again. */
async function selects(lab: Lab, name: 'cold' | 'warm', session: Session): Promise<void> {
  const count = lab.count(100_000)
  const select = await lab.clock(() => session.run('SELECT Hundred'))
  const flags = await lab.clock(() => session.run('UID FETCH 1:* (FLAGS)'))
  expect('EXISTS', select.value.text().includes(`* ${count} EXISTS`), true)
  const replies = fetched(flags.value, count)
  expectSame('the UIDs', uidsOf(replies), numbers(count))
  const seen = replies.flatMap(({ text }, index) => (text.includes('\\Seen') ? [index + 1] : []))
  expectSame(
    'the messages seen',
    seen,
    numbers(count, n => n % 3 !== 0),
  )
  lab.ms(`select-100k-${name}`, select.ms)
  lab.ms(`flags-100k-${name}`, flags.ms)
}

const messageIds = (text: string): number => Number(/<m(\d+)\.b@example\.org>/.exec(text)?.[1])

function checkEnvelopes(answer: Answer, count: number): void {
  const replies = fetched(answer, count)
  const all = replies.map(({ text, literals }) => text + literals.map(String).join(' '))
  expectSame(
    'the message ids of the envelopes',
    replies.map(({ text }) => Number(/"<m(\d+)\.b@example\.org>"\)/.exec(text)?.[1])),
    numbers(count),
  )
  const withAttachment = all.flatMap((text, index) => (/"application" "pdf"/i.test(text) ? [index + 1] : []))
  expectSame(
    'the messages with an attachment',
    withAttachment,
    numbers(count, n => n % 10 === 5),
  )
}

function checkHeaders(answer: Answer, count: number): void {
  const replies = fetched(answer, count)
  const ids = replies.map(({ literals }) => messageIds(/^Message-ID: .*$/im.exec(String(literals[0]))?.[0] ?? ''))
  expectSame('the message ids of the headers', ids, numbers(count))
  const received = replies.filter(({ literals }) => /^Received: from relay/m.test(String(literals[0])))
  expect('the headers with Received', received.length, count)
}

async function bodies(lab: Lab, name: 'plain' | 'tls' | 'compress', session: Session): Promise<void> {
  const count = lab.count(2_000)
  await session.run('EXAMINE Bodies')
  if (name === 'compress') await session.compress()
  const { value, ms } = await lab.clock(() => session.run('UID FETCH 1:* BODY.PEEK[]'))
  const replies = fetched(value, count)
  let octets = 0
  for (const [index, { literals }] of replies.entries()) {
    octets += literals[0]!.length
    const right = literals[0]!.equals(mail(index + 1, 7_500))
    if (!right) expect(`message ${index + 1}`, digestOf(literals[0]!), digestOf(mail(index + 1, 7_500)))
  }
  const limit = name === 'compress' ? undefined : name === 'tls' ? 'tls' : 'loopback'
  lab.add({ name: `bodies-${name}`, value: octets / 1000 / ms, unit: 'MB/s', more: true, ...(limit && { limit }) })
  await session.logout()
}

export const reading: Scenario[] = [
  {
    name: 'select',
    title: 'SELECT of 100,000 messages and UID FETCH 1:* (FLAGS)',
    fixtures: ['Hundred'],
    quick: true,
    async run(lab) {
      await lab.conductor.ask('restart')
      const session = await lab.login(reader)
      await selects(lab, 'cold', session)
      await session.logout()
      const other = await lab.login(reader)
      await other.run('SELECT INBOX')
      await selects(lab, 'warm', other)
      await other.logout()
    },
  },
  {
    name: 'envelope',
    title: 'ENVELOPE and BODYSTRUCTURE of 10,000 messages that nobody has asked for',
    clients: 1,
    quick: true,
    async run(lab) {
      const count = lab.count(10_000)
      const scratch = `envelope-${lab.round}`
      const loader = await lab.login('client1')
      await loader.run(`CREATE ${scratch}`)
      await append(loader, scratch, count, n => mail(n, 1_500))
      await loader.logout()
      const session = await lab.login('client1')
      await session.run(`SELECT ${scratch}`)
      for (const name of ['first', 'again']) {
        const { value, ms } = await lab.clock(() => session.run('FETCH 1:* (UID ENVELOPE BODYSTRUCTURE)'))
        checkEnvelopes(value, count)
        lab.ms(`envelope-10k-${name}`, ms)
      }
      await session.run('UNSELECT')
      await session.run(`DELETE ${scratch}`)
      await session.logout()
    },
  },
  {
    name: 'headers',
    title: "Thunderbird's list of header fields of 10,000 messages",
    fixtures: ['Ten'],
    quick: true,
    async run(lab) {
      const session = await lab.login(reader)
      await session.run('EXAMINE Ten')
      const fetch = `UID FETCH 1:* (UID RFC822.SIZE FLAGS BODY.PEEK[HEADER.FIELDS (${headerFields})])`
      const { value, ms } = await lab.clock(() => session.run(fetch))
      checkHeaders(value, lab.count(10_000))
      lab.ms('headers-10k', ms)
      await session.logout()
    },
  },
  {
    name: 'bodies',
    title: 'BODY.PEEK[] of 2,000 messages, 15 MB',
    fixtures: ['Bodies'],
    quick: true,
    async run(lab) {
      await bodies(lab, 'plain', await lab.login(reader))
      await bodies(lab, 'tls', await lab.login(reader, true))
      await bodies(lab, 'compress', await lab.login(reader))
    },
  },
  {
    name: 'large',
    title: 'The text part of 200 messages of 1 MB',
    fixtures: ['Large'],
    async run(lab) {
      const count = lab.count(200)
      const session = await lab.login(reader)
      await session.run('EXAMINE Large')
      const before = await lab.conductor.ask('read')
      const { value, ms } = await lab.clock(() => session.run('UID FETCH 1:* (BODY.PEEK[1])'))
      const read = (await lab.conductor.ask('read')) - before
      for (const [index, { literals }] of fetched(value, count).entries()) {
        expect(`the text of message ${index + 1}`, String(literals[0]), largeText(index + 1))
      }
      lab.ms('large-text-200', ms)
      lab.add({ name: 'large-text-200-read', value: read / 1e6, unit: 'MB', more: false })
      await session.logout()
    },
  },
]
