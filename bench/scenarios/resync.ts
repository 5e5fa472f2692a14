/** A mail program comes back after 1 % of a large mailbox has changed. RFC 7162 §3.2.5 */
import { expectSame, uidsOf } from '../load/check.ts'
import { reader } from '../load/fixtures.ts'
import { expect, type Lab } from '../load/lab.ts'
import { tag } from '../load/session.ts'
import { mail, numbers } from '../mail.ts'
import type { Scenario } from './scenario.ts'

/** Marks or unmarks every 100th message, in turn by round, so that each round changes all of them. */
async function resync(lab: Lab): Promise<void> {
  const count = lab.count(100_000)
  const gone = Math.max(1, count / 1_000)
  const other = await lab.login(reader)
  await other.run('SELECT Hundred')
  await appendShort(lab, gone)
  await other.run('NOOP')
  const known = (await other.run('STATUS Hundred (UIDVALIDITY HIGHESTMODSEQ UIDNEXT MESSAGES)')).text()
  const value = (item: string) => Number(new RegExp(`${item} (\\d+)`).exec(known)?.[1])
  expect('the messages before', value('MESSAGES'), count + gone)
  const changed = numbers(count, n => n % 100 === 0)
  await other.run(`UID STORE ${changed.join(',')} ${lab.round % 2 === 0 ? '+' : '-'}FLAGS.SILENT (\\Answered)`)
  await other.run(`UID STORE ${count + 1}:* +FLAGS.SILENT (\\Deleted)`)
  await other.run('EXPUNGE')
  await other.logout()

  const session = await lab.login(reader)
  await session.run('ENABLE QRESYNC')
  const select = `SELECT Hundred (QRESYNC (${value('UIDVALIDITY')} ${value('HIGHESTMODSEQ')} 1:${value('UIDNEXT') - 1}))`
  const { value: answer, ms } = await lab.clock(() => session.run(select))
  const replies = answer.replies()
  const told = replies.filter(({ text }) => /^\* \d+ FETCH /.test(text))
  expectSame('the messages told to be changed', uidsOf(told), changed)
  const vanished = replies.find(({ text }) => text.startsWith('* VANISHED (EARLIER) '))?.text ?? ''
  expect('the messages told to be gone', sizeOf(vanished, value('UIDNEXT') - gone, value('UIDNEXT') - 1), gone)
  lab.ms('qresync-100k', ms)
  await session.logout()
}

/** Puts in messages that are to vanish. */
async function appendShort(lab: Lab, count: number): Promise<void> {
  const session = await lab.login(reader)
  const pieces = numbers(count).map(n => mail(n, 500))
  const command = pieces.flatMap(message => [Buffer.from(` {${message.length}+}\r\n`), message])
  await session.run(Buffer.concat([Buffer.from(`${tag} APPEND Hundred`), ...command, Buffer.from('\r\n')]))
  await session.logout()
}

/** How many UIDs of `from` to `to` a set holds. */
function sizeOf(vanished: string, from: number, to: number): number {
  return (vanished.match(/\d+(:\d+)?/g) ?? []).reduce((sum, range) => {
    const [first = 0, last = first] = range.split(':').map(Number)
    return sum + Math.max(0, Math.min(last, to) - Math.max(first, from) + 1)
  }, 0)
}

export const resyncing: Scenario[] = [
  {
    name: 'resync',
    title: 'QRESYNC after 1 % of 100,000 messages have changed',
    fixtures: ['Hundred'],
    run: resync,
  },
]
