/** Many small commands, and the list of all mailboxes. */
import { folders, reader } from '../load/fixtures.ts'
import { expect, type Lab } from '../load/lab.ts'
import { command, type Session } from '../load/session.ts'
import type { Scenario } from './scenario.ts'

const parallel = 10

async function commands(
  lab: Lab,
  name: string,
  sessions: readonly Session[],
  text: string,
  check: string,
): Promise<void> {
  const octets = command(text)
  const { perSecond } = await lab.rate(sessions.length, async n => {
    await sessions[n]!.run(octets)
  })
  expect(`what ${text} says`, (await sessions[0]!.run(octets)).text().includes(check), true)
  lab.perSecond(name, perSecond, 'round trips')
}

export const small: Scenario[] = [
  {
    name: 'commands',
    title: 'Small commands, 10 clients',
    quick: true,
    fixtures: ['Ten'],
    async run(lab) {
      const sessions = await Promise.all(Array.from({ length: parallel }, () => lab.login(reader)))
      for (const session of sessions) await session.run('SELECT Ten')
      await commands(lab, 'noop', sessions, 'NOOP', 'Qz7 OK')
      await commands(lab, 'examine', sessions, 'EXAMINE Ten', `* ${lab.count(10_000)} EXISTS`)
      for (const session of sessions) await session.logout()
    },
  },
  {
    name: 'list-status',
    title: 'LIST of 1,000 mailboxes with STATUS',
    quick: true,
    fixtures: ['Folders'],
    async run(lab) {
      const session = await lab.login(folders)
      const list = 'LIST "" "*" RETURN (STATUS (MESSAGES UNSEEN UIDNEXT))'
      const first = await lab.clock(() => session.run(list))
      const again = await lab.clock(() => session.run(list))
      for (const { value } of [first, again]) {
        const status = value.replies().filter(({ text }) => /^\* STATUS "?folder \d/.test(text))
        expect('the mailboxes listed', status.length, lab.count(1_000))
        const filled = status.filter(({ text }) => text.includes('MESSAGES 1'))
        expect('the mailboxes with mail', filled.length, lab.count(1_000) / 10)
      }
      lab.ms('list-status-1000', again.ms)
      await session.logout()
    },
  },
]
