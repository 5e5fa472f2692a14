/** A process that plays clients: does one task after another and answers with figures. */
import { setTimeout as pause } from 'node:timers/promises'
import { Session } from '../load/session.ts'
import { percentile } from '../report/results.ts'
import { Crowd } from './crowd.ts'
import { beNuisance } from './nuisance.ts'
import { type Figures, type FromPlayer, type Ports, secrets, type Task, type ToPlayer, userName } from './words.ts'

const crowd = new Crowd()

process.on('message', ({ id, ports, task }: ToPlayer) => {
  const tell = (message: FromPlayer) => process.send?.(message)
  const cpu = process.cpuUsage()
  const began = performance.now()
  perform(task, ports).then(
    figures => {
      const { user, system } = process.cpuUsage(cpu)
      tell({ id, figures: { ...figures, loadCpu: (user + system) / 1000 / (performance.now() - began) } })
    },
    (error: Error) => tell({ id, failed: String(error.stack ?? error) }),
  )
})
process.on('disconnect', () => process.exit())

async function perform(task: Task, ports: Ports): Promise<Figures> {
  switch (task.kind) {
    case 'open':
      return await crowd.open(task, ports)
    case 'cut':
      crowd.cut()
      return {}
    case 'mail':
      return await crowd.mail(task.seconds, task.rate, ports)
    case 'noop':
      return await noops(task.sessions, task.seconds, task.tls ? ports.imaps : ports.imap, task.tls)
    case 'pest':
      await beNuisance(task.pest, ports)
      return {}
  }
}

/** Round trips of clients that ask now and then, milliseconds. */
async function noops(count: number, seconds: number, port: number, tls: boolean): Promise<Figures> {
  const took: number[] = []
  const until = performance.now() + seconds * 1000
  await Promise.all(
    Array.from({ length: count }, async (_, n) => {
      const session = await Session.open({ port, tls })
      await session.run(`LOGIN ${userName(n)} ${secrets['app-password']}`)
      await session.run('SELECT INBOX')
      while (performance.now() < until) {
        await pause(20 + Math.random() * 20)
        const from = performance.now()
        await session.run('NOOP')
        took.push(performance.now() - from)
      }
      await session.logout()
    }),
  )
  return { count: took.length, p50: percentile(took, 0.5), p99: percentile(took, 0.99), worst: percentile(took, 1) }
}
