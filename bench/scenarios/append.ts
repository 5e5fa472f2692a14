/** Mail that comes in, each message durable before it is acknowledged. */
import { client, messagesIn } from '../load/fixtures.ts'
import { expect, type Lab } from '../load/lab.ts'
import { type Session, tag } from '../load/session.ts'
import { mail } from '../mail.ts'
import type { Scenario } from './scenario.ts'

const octets = 4_096
const different = 64
const batch = 50
const messages = Array.from({ length: different }, (_, i) => mail(i + 1, octets))

const appendOf = (name: string, these: readonly Buffer[]): Buffer =>
  Buffer.concat([
    Buffer.from(`${tag} APPEND ${name}`),
    ...these.flatMap(message => [Buffer.from(` (\\Seen) {${message.length}+}\r\n`), message]),
    Buffer.from('\r\n'),
  ])

type Appends = {
  readonly name: string
  readonly clients: number
  readonly oneMailbox?: boolean
  readonly batch?: number
}

async function appends(lab: Lab, { name, clients, oneMailbox = false, batch = 1 }: Appends): Promise<void> {
  const scratch = `${name}-${lab.round}`
  const who = (n: number) => client(oneMailbox ? 1 : n + 1)
  const sessions: Session[] = []
  for (let n = 0; n < clients; n++) {
    const session = await lab.login(who(n))
    if (!oneMailbox || n === 0) await session.run(`CREATE ${scratch}`)
    sessions.push(session)
  }
  const commands = Array.from({ length: batch === 1 ? different : 1 }, (_, i) =>
    appendOf(scratch, batch === 1 ? [messages[i]!] : messages.slice(0, batch)),
  )
  let next = 0
  const { perSecond, worstMs, steps } = await lab.rate(clients, async n => {
    await sessions[n]!.run(commands[next++ % commands.length]!)
  })
  const total = steps.reduce((sum, count) => sum + count, 0)
  for (const [n, session] of sessions.entries()) {
    if (oneMailbox && n > 0) continue
    expect(`the mail of ${who(n)}`, await messagesIn(session, scratch), (oneMailbox ? total : steps[n]!) * batch)
  }
  await sizesAreRight(sessions[0]!, scratch, batch)
  for (const [n, session] of sessions.entries()) {
    if (!oneMailbox || n === 0) await session.run(`DELETE ${scratch}`)
    await session.logout()
  }
  lab.perSecond(name, perSecond * batch, batch === 1 ? 'fdatasync' : undefined)
  if (clients > 1) lab.ms(`${name}-worst`, worstMs)
}

/** The first messages that came are whole. */
async function sizesAreRight(session: Session, name: string, batch: number): Promise<void> {
  await session.run(`EXAMINE ${name}`)
  const replies = (await session.run(`FETCH 1:${batch} BODY.PEEK[]`)).replies()
  const known = new Set(messages.map(message => message.toString('latin1')))
  const fetched = replies.filter(reply => /^\* \d+ FETCH /.test(reply.text))
  expect('the messages fetched back', fetched.length, batch)
  for (const { literals } of fetched)
    expect('a message that was appended', known.has(literals[0]!.toString('latin1')), true)
  await session.run('UNSELECT')
}

async function deliveries(lab: Lab, name: string, clients: number): Promise<void> {
  const sessions = await Promise.all(Array.from({ length: clients }, (_, n) => lab.login(client(n + 1))))
  const before = await Promise.all(sessions.map(session => messagesIn(session, 'INBOX')))
  const lmtp = await Promise.all(sessions.map(() => lab.lmtp()))
  let next = 0
  const { perSecond, worstMs, steps } = await lab.rate(clients, n =>
    lmtp[n]!.deliver(`${client(n + 1)}@example.net`, messages[next++ % different]!),
  )
  for (const [n, session] of sessions.entries()) {
    expect(`the INBOX of ${client(n + 1)}`, await messagesIn(session, 'INBOX'), before[n]! + steps[n]!)
    lmtp[n]!.close()
    await session.run('SELECT INBOX')
    await session.run('STORE 1:* +FLAGS.SILENT (\\Deleted)')
    await session.run('CLOSE')
    await session.logout()
  }
  lab.perSecond(name, perSecond, 'fdatasync')
  if (clients > 1) lab.ms(`${name}-worst`, worstMs)
}

const many = (lab: Lab) => (lab.sizes.quick ? 10 : 50)

export const append: Scenario[] = [
  {
    name: 'append',
    title: 'APPEND of 4 KB, durable',
    quick: true,
    clients: 50,
    async run(lab) {
      await appends(lab, { name: 'append-1', clients: 1 })
      await appends(lab, { name: 'append-10', clients: 10 })
      if (!lab.sizes.quick) await appends(lab, { name: 'append-50', clients: 50 })
      await appends(lab, { name: `append-${many(lab)}-one-mailbox`, clients: many(lab), oneMailbox: true })
    },
  },
  {
    name: 'multiappend',
    title: 'APPEND of 50 messages of 4 KB at once, durable',
    quick: true,
    clients: 1,
    run: lab => appends(lab, { name: 'multiappend-50', clients: 1, batch }),
  },
  {
    name: 'lmtp',
    title: 'LMTP delivery of 4 KB, durable',
    quick: true,
    clients: 10,
    async run(lab) {
      await deliveries(lab, 'lmtp-1', 1)
      await deliveries(lab, 'lmtp-10', 10)
    },
  },
]
