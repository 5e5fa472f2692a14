/** Sessions that wait: how soon they are told of new mail, and the memory they take. */
import { client, messagesIn, reader } from '../load/fixtures.ts'
import { expect, type Lab } from '../load/lab.ts'
import type { Session } from '../load/session.ts'
import { mail } from '../mail.ts'
import { percentile } from '../report/results.ts'
import type { Scenario } from './scenario.ts'

const message = mail(1, 4_096)
const users = 10
/** Logins at a time while sessions are gathered. */
const atOnce = 20
const settleMs = 1_500

/** Sessions of all users in turn, each in IDLE on its INBOX. */
async function gather(lab: Lab, count: number, tls = false): Promise<Session[]> {
  const sessions: Session[] = []
  let next = 0
  const loop = async () => {
    while (next < count) {
      const session = await lab.login(client((next++ % users) + 1), tls)
      await session.run('SELECT INBOX')
      await session.idle()
      sessions.push(session)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, loop))
  return sessions
}

const destroy = (sessions: readonly Session[]) => {
  for (const session of sessions) session.wire.destroy()
}

/** From the last octet of a delivery to the EXISTS of a session in IDLE, while `crowd` others idle. */
async function deliveries(lab: Lab, name: string, count: number, crowd: number): Promise<void> {
  // It watches before the crowd comes: Dovecot's sessions beyond fs.inotify.max_user_instances (128 by default) look every 30 s only.
  const watcher = await lab.login(reader)
  const before = await messagesIn(watcher, 'INBOX')
  await watcher.run('SELECT INBOX')
  const done = await watcher.idle()
  const others = await gather(lab, crowd)
  const lmtp = await lab.lmtp()
  const times: number[] = []
  for (let n = 1; n <= count; n++) {
    await lmtp.envelope(`${reader}@example.net`)
    const { ms } = await lab.clock(async () => {
      const heard = exists(watcher, before + n)
      await Promise.all([lmtp.data(message), heard])
    })
    times.push(ms)
    // Deliveries come one at a time, with a pause, as to a quiet account.
    await new Promise(resolve => setTimeout(resolve, 10))
  }
  lmtp.close()
  destroy(others)
  await done()
  await watcher.run('STORE 1:* +FLAGS.SILENT (\\Deleted)')
  await watcher.run('CLOSE')
  await watcher.logout()
  lab.ms(`${name}-p50`, percentile(times, 0.5))
  lab.ms(`${name}-p99`, percentile(times, 0.99))
}

async function exists(session: Session, count: number): Promise<void> {
  for (;;) {
    const told = (await session.heard()).text().matchAll(/^\* (\d+) EXISTS/gm)
    const highest = Math.max(0, ...[...told].map(([, number]) => Number(number)))
    if (highest > count) expect('EXISTS', highest, count)
    if (highest === count) return
  }
}

const idleCount = (lab: Lab) => Math.max(20, lab.count(1_000))

async function memory(lab: Lab, name: string, tls: boolean): Promise<void> {
  const count = idleCount(lab)
  await lab.conductor.ask('restart')
  // What the first sessions of all load once does not count.
  const first = await gather(lab, atOnce, tls)
  await new Promise(resolve => setTimeout(resolve, settleMs))
  const before = await lab.conductor.ask('memory')
  const sessions = await gather(lab, count, tls)
  await new Promise(resolve => setTimeout(resolve, settleMs))
  const after = await lab.conductor.ask('memory')
  destroy([...first, ...sessions])
  lab.add({ name, value: (after - before) / 1024 / count, unit: 'KiB', more: false })
}

export const waiting: Scenario[] = [
  {
    name: 'idle',
    title: 'From delivery to the answer of IDLE',
    fixtures: ['Ten'],
    clients: users,
    quick: true,
    boundMs: 600_000,
    async run(lab) {
      const count = lab.sizes.quick ? 6 : 40
      await deliveries(lab, 'idle-quiet', count, 0)
      if (lab.sizes.quick) return
      for (const crowd of lab.sizes.full ? [1_000, 5_000] : [1_000]) {
        await deliveries(lab, `idle-among-${crowd}`, count, lab.count(crowd))
      }
    },
  },
  {
    name: 'memory',
    title: 'Memory of one more session in IDLE, PSS of all processes, of 1,000',
    clients: users,
    async run(lab) {
      await memory(lab, 'memory-plain', false)
      await memory(lab, 'memory-tls', true)
    },
  },
]
