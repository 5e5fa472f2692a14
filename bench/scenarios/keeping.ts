/** What is kept: the disk it takes, how soon a server with it is there, and how costs grow with it. */
import { expectSame, fetched, found, uidsOf } from '../load/check.ts'
import { corpus, messagesIn, reader } from '../load/fixtures.ts'
import { expect, type Lab } from '../load/lab.ts'
import { type Answer, type Session, tag } from '../load/session.ts'
import { mail, marks, numbers } from '../mail.ts'
import { median } from '../report/results.ts'
import type { Scenario } from './scenario.ts'

const batchMessages = 200

async function disk(lab: Lab): Promise<void> {
  const real = corpus()
  if (!real) lab.notes.push('disk-real is measured with generated mail: the collection of real mail is not here')
  await kept(lab, 'disk-real', real ?? numbers(lab.count(6_000)).map(n => mail(n, 5_800)))
  await kept(
    lab,
    'disk-small',
    numbers(lab.count(10_000)).map(n => mail(n, 1_500)),
  )
}

/** The growth of the server's folder as a multiple of the octets of the mail. */
async function kept(lab: Lab, name: string, all: readonly Buffer[]): Promise<void> {
  const session = await lab.login(reader)
  await session.run(`CREATE ${name}`)
  // Started anew, so that what waits in journals is where it belongs.
  await session.logout()
  await lab.conductor.ask('restart')
  const before = await lab.conductor.ask('disk')
  const writer = await lab.login(reader)
  let octets = 0
  for (let at = 0; at < all.length; at += batchMessages) {
    const pieces = all.slice(at, at + batchMessages).flatMap(message => {
      octets += message.length
      return [Buffer.from(` {${message.length}+}\r\n`), message]
    })
    await writer.run(Buffer.concat([Buffer.from(`${tag} APPEND ${name}`), ...pieces, Buffer.from('\r\n')]))
  }
  expect('the messages kept', await messagesIn(writer, name), all.length)
  // A mail program lists them once, so that caches are counted.
  await writer.run(`SELECT ${name}`)
  await writer.run('FETCH 1:* (FLAGS ENVELOPE BODYSTRUCTURE)')
  await writer.logout()
  await lab.conductor.ask('restart')
  lab.add({ name, value: ((await lab.conductor.ask('disk')) - before) / octets, unit: '×', more: false })
}

const curve = [
  { mailbox: 'Thousand', full: 1_000, label: '1k' },
  { mailbox: 'Ten', full: 10_000, label: '10k' },
  { mailbox: 'Hundred', full: 100_000, label: '100k' },
  { mailbox: 'Million', full: 1_000_000, label: '1m' },
] as const

const newest = 50
const repeats = 5

/** The same four commands at mailboxes of growing size. */
async function curves(lab: Lab): Promise<void> {
  const session = await lab.login(reader)
  for (const { mailbox, full, label } of lab.sizes.full ? curve : curve.slice(0, 3)) {
    const count = lab.count(full)
    const first = Math.max(1, count - newest + 1)
    await often(
      lab,
      `curve-select-${label}`,
      () => session.run(`SELECT ${mailbox}`),
      answer => expect('EXISTS', answer.text().includes(`* ${count} EXISTS`), true),
    )
    await often(
      lab,
      `curve-newest-${label}`,
      () => session.run(`FETCH ${first}:* (UID FLAGS ENVELOPE)`),
      answer =>
        expectSame(
          'the newest',
          uidsOf(fetched(answer, count - first + 1)),
          numbers(count, n => n >= first),
        ),
    )
    await often(
      lab,
      `curve-search-${label}`,
      () => session.run(`UID SEARCH SUBJECT ${marks.subject.word}`),
      answer => expectSame('the messages found', found(answer, 'SEARCH'), numbers(count, marks.subject.in)),
    )
    await appendsTo(lab, session, mailbox, count, label)
  }
  await session.logout()
}

/** Appends, and takes away what it appended. */
async function appendsTo(lab: Lab, session: Session, mailbox: string, count: number, label: string): Promise<void> {
  const message = mail(1, 4_096)
  const command = Buffer.concat([
    Buffer.from(`${tag} APPEND ${mailbox} {${message.length}+}\r\n`),
    message,
    Buffer.from('\r\n'),
  ])
  await often(
    lab,
    `curve-append-${label}`,
    () => session.run(command),
    answer => expect('APPENDUID', answer.last().includes('[APPENDUID '), true),
  )
  await session.run('NOOP')
  await session.run(`STORE ${count + 1}:* +FLAGS.SILENT (\\Deleted)`)
  await session.run('EXPUNGE')
  expect('the messages left', await messagesIn(session, mailbox), count)
}

/** The median time of one command, each answer of which is checked. */
async function often(
  lab: Lab,
  name: string,
  run: () => Promise<Answer>,
  check: (answer: Answer) => void,
): Promise<void> {
  const times: number[] = []
  for (let n = 0; n < repeats; n++) {
    const { value, ms } = await lab.clock(run)
    check(value)
    times.push(ms)
  }
  lab.ms(name, median(times))
}

export const keeping: Scenario[] = [
  {
    name: 'disk',
    title: 'Disk used, as a multiple of the mail',
    fixtures: ['Ten'],
    once: true,
    boundMs: 900_000,
    run: disk,
  },
  {
    name: 'startup',
    title: 'From the start of the process to the first greeting, with 110,000 messages kept',
    fixtures: ['Ten', 'Hundred'],
    fullFixtures: ['Million'],
    quick: true,
    async run(lab) {
      lab.ms('startup', await lab.conductor.ask('restart'))
      const session = await lab.login(reader)
      expect('the messages there', await messagesIn(session, 'Hundred'), lab.count(100_000))
      await session.logout()
    },
  },
  {
    name: 'curves',
    title: 'How costs grow with a mailbox of 1,000 to 100,000 messages',
    fixtures: ['Thousand', 'Ten', 'Hundred'],
    fullFixtures: ['Million'],
    run: curves,
  },
]
