/** Changes to many messages at once, and to one. */
import { messagesIn, reader } from '../load/fixtures.ts'
import { expect, type Lab } from '../load/lab.ts'
import type { Session } from '../load/session.ts'
import { median } from '../report/results.ts'
import type { Scenario } from './scenario.ts'

const singles = 50

/** Every step works on what the one before left: a copy is made, marked, moved and expunged. */
async function change(lab: Lab): Promise<void> {
  const count = lab.count(10_000)
  const [copied, moved] = [`changed-${lab.round}`, `moved-${lab.round}`]
  const session = await lab.login(reader)
  await session.run(`CREATE ${copied}`)
  await session.run(`CREATE ${moved}`)
  const timed = async (name: string, command: string) => lab.ms(name, (await lab.clock(() => session.run(command))).ms)

  await session.run('SELECT Ten')
  await timed('copy-10k', `UID COPY 1:* ${copied}`)
  expect('the messages copied', await messagesIn(session, copied), count)
  await session.run(`SELECT ${copied}`)
  await timed('store-10k', 'STORE 1:* +FLAGS.SILENT (\\Answered)')
  expect('the messages marked', await how(session, 'ANSWERED'), count)
  await single(lab, session)
  await timed('move-10k', `MOVE 1:* ${moved}`)
  expect('the messages left', await messagesIn(session, copied), 0)
  await session.run(`SELECT ${moved}`)
  expect('the messages moved, with their flags', await how(session, 'ANSWERED'), count)
  await session.run('STORE 1:* +FLAGS.SILENT (\\Deleted)')
  const expunge = await lab.clock(() => session.run('EXPUNGE'))
  lab.ms('expunge-10k', expunge.ms)
  const told = expunge.value.replies().filter(({ text }) => /^\* (\d+ EXPUNGE|VANISHED)/.test(text)).length
  expect('the messages told to be gone', told === count || told === 1, true)
  expect('the messages left', await messagesIn(session, moved), 0)
  await session.run('UNSELECT')
  await session.run(`DELETE ${copied}`)
  await session.run(`DELETE ${moved}`)
  await session.logout()
}

async function single(lab: Lab, session: Session): Promise<void> {
  const times: number[] = []
  for (let n = 1; n <= singles; n++) {
    const { value, ms } = await lab.clock(() => session.run(`STORE ${n} +FLAGS (\\Draft)`))
    expect('the flags told', /^\* \d+ FETCH .*\\Draft/m.test(value.text()), true)
    times.push(ms)
  }
  lab.ms('store-one', median(times))
}

const how = async (session: Session, key: string): Promise<number> => {
  const answer = await session.run(`SEARCH ${key}`)
  return (/^\* SEARCH(.*)$/m.exec(answer.text())?.[1]?.match(/\d+/g) ?? []).length
}

export const changing: Scenario[] = [
  {
    name: 'change',
    title: 'COPY, STORE, MOVE and EXPUNGE of 10,000 messages, STORE of one',
    fixtures: ['Ten'],
    quick: true,
    run: change,
  },
]
