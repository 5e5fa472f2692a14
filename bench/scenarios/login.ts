/** LOGIN and LOGOUT on new connections, 20 at a time. */
import { client } from '../load/fixtures.ts'
import { expect, type Lab, password } from '../load/lab.ts'
import { command, Session } from '../load/session.ts'
import type { Scenario } from './scenario.ts'

const parallel = 20
const users = 10
const logout = command('LOGOUT')

async function logins(lab: Lab, name: string, tls: boolean, tickets?: readonly Buffer[]): Promise<void> {
  const port = tls ? lab.target.ports.imaps : lab.target.ports.imap
  const commands = Array.from({ length: users }, (_, i) => command(`LOGIN ${client(i + 1)} ${password}`))
  let [opened, resumed] = [0, 0]
  const { perSecond } = await lab.rate(parallel, async n => {
    const ticket = tickets?.[n]
    const session = await Session.open({ port, tls, ...(ticket && { session: ticket }) })
    opened++
    if (session.wire.resumed) resumed++
    await session.run(commands[n % users]!)
    const bye = await session.run(logout)
    session.wire.destroy()
    if (!bye.chunks[0]!.includes('* BYE')) throw new Error(`wrong answer: LOGOUT without BYE: ${bye.text()}`)
  })
  if (tickets)
    lab.notes.push(`${lab.target.name}: ${Math.round((100 * resumed) / opened)} % of the TLS sessions were resumed`)
  else expect('the number of resumed sessions', resumed, 0)
  lab.perSecond(name, perSecond, tls ? (tickets ? 'resumptions' : 'handshakes') : 'connections')
}

/** A TLS session for each client, as those who have been here before hold one. */
const tickets = (lab: Lab): Promise<Buffer[]> =>
  Promise.all(
    Array.from({ length: parallel }, async () => {
      const session = await lab.open(true)
      await session.run('NOOP')
      const ticket = session.wire.offered
      await session.logout()
      if (!ticket) throw new Error('the server offered no TLS session to resume')
      return ticket
    }),
  )

export const login: Scenario[] = [
  {
    name: 'login',
    title: 'LOGIN and LOGOUT, 20 at a time',
    quick: true,
    clients: users,
    async run(lab) {
      // Every account has been here before: what is made at a first login is not measured.
      for (let n = 1; n <= users; n++) await (await lab.login(client(n))).logout()
      await logins(lab, 'login-plain', false)
      await logins(lab, 'login-tls-full', true)
      await logins(lab, 'login-tls-resumed', true, await tickets(lab))
    },
  },
]
