/** SEARCH, SORT and THREAD. */
import { digestOf, expectSame, found } from '../load/check.ts'
import { reader } from '../load/fixtures.ts'
import { expect, type Lab } from '../load/lab.ts'
import type { Session } from '../load/session.ts'
import { arrivedAt, marks, numbers, searchDate, sentAt, subjectOf, threadSize, unseenFlagged } from '../mail.ts'
import type { Scenario } from './scenario.ts'

const dayMs = 86_400_000

type Size = { readonly mailbox: string; readonly count: number; readonly label: string }

const sizes = (lab: Lab): Size[] => [
  { mailbox: 'Ten', count: lab.count(10_000), label: '10k' },
  ...(lab.sizes.full ? [{ mailbox: 'Hundred', count: lab.count(100_000), label: '100k' }] : []),
]

function searches(count: number): [name: string, program: string, matches: (n: number) => boolean][] {
  // The middle of the mail, from the beginning of a day.
  const day = Math.floor(arrivedAt(count / 2) / dayMs) * dayMs
  return [
    ['flags', 'UNSEEN FLAGGED', unseenFlagged],
    ['since', `SINCE ${searchDate(day)}`, n => arrivedAt(n) >= day],
    ['subject', `SUBJECT ${marks.subject.word}`, marks.subject.in],
    ['body', `BODY ${marks.body.word}`, marks.body.in],
    ['text', `TEXT ${marks.text.word}`, marks.text.in],
  ]
}

async function search(lab: Lab, session: Session, { mailbox, count, label }: Size): Promise<void> {
  await session.run(`SELECT ${mailbox}`)
  for (const [name, program, matches] of searches(count)) {
    const { value, ms } = await lab.clock(() => session.run(`UID SEARCH ${program}`))
    expectSame(`the messages that ${program} finds`, found(value, 'SEARCH'), numbers(count, matches))
    lab.ms(`search-${name}-${label}`, ms)
  }
}

const byDate = (count: number) => numbers(count).sort((a, b) => sentAt(a) - sentAt(b) || a - b)
const bySubject = (count: number) =>
  numbers(count)
    .map(n => ({ n, subject: subjectOf(n).toUpperCase() }))
    .sort((a, b) => (a.subject < b.subject ? -1 : a.subject > b.subject ? 1 : a.n - b.n))
    .map(({ n }) => n)

async function sort(lab: Lab, session: Session, { mailbox, count, label }: Size): Promise<void> {
  await session.run(`SELECT ${mailbox}`)
  const orders = [['date', 'DATE', byDate(count)] as const, ['subject', 'SUBJECT', bySubject(count)] as const]
  for (const [name, key, expected] of orders) {
    const { value, ms } = await lab.clock(() => session.run(`UID SORT (${key}) UTF-8 ALL`))
    expectSame(`the order by ${key}`, found(value, 'SORT'), expected)
    lab.ms(`sort-${name}-${label}`, ms)
  }
  const { value, ms } = await lab.clock(() => session.run('UID THREAD REFERENCES UTF-8 ALL'))
  const line = value.replies().find(({ text }) => text.startsWith('* THREAD'))?.text ?? ''
  const all = (line.match(/\d+/g) ?? []).map(Number)
  expectSame(
    'the messages in threads',
    all.toSorted((a, b) => a - b),
    numbers(count),
  )
  expect('the number of threads', topLevel(line), count / threadSize)
  lab.answers[`thread-${label}`] = digestOf(line.trimEnd())
  lab.ms(`thread-references-${label}`, ms)
}

function topLevel(text: string): number {
  let [depth, count] = [0, 0]
  for (const character of text) {
    if (character === '(' && depth++ === 0) count++
    if (character === ')') depth--
  }
  return count
}

async function inAll(lab: Lab, work: (lab: Lab, session: Session, size: Size) => Promise<void>): Promise<void> {
  const session = await lab.login(reader)
  for (const size of sizes(lab)) await work(lab, session, size)
  await session.logout()
}

export const searching: Scenario[] = [
  {
    name: 'search',
    title: 'SEARCH in 10,000 messages',
    fixtures: ['Ten'],
    fullFixtures: ['Hundred'],
    quick: true,
    run: lab => inAll(lab, search),
  },
  {
    name: 'sort',
    title: 'SORT and THREAD of 10,000 messages',
    fixtures: ['Ten'],
    fullFixtures: ['Hundred'],
    quick: true,
    run: lab => inAll(lab, sort),
  },
]
