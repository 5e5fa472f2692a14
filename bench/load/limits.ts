/** What this machine can do at most, with the same load generator and a server that does nothing, or with the bare disk. */
import { closeSync, fdatasyncSync, openSync, unlinkSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { Job, LimitName, Metric, Outcome } from '../job.ts'
import { Session } from './session.ts'

const parallel = 20

export async function measureLimits(job: Extract<Job, { kind: 'limits' }>): Promise<Outcome> {
  const { plain, tls } = job.ports
  const ms = job.sizes.quick ? 300 : 1_000
  const octets = job.sizes.quick ? 100e6 : 400e6
  const first = await Session.open({ port: tls, tls: true })
  await first.run('NOOP')
  const session = first.wire.offered
  const metrics = [
    metric('loopback', 'MB/s', await best(() => throughput(plain, false, octets))),
    metric('tls', 'MB/s', await best(() => throughput(tls, true, octets))),
    metric('fdatasync', 'per s', syncs(job.folder, ms)),
    metric('connections', 'per s', await perSecond(parallel, ms, () => greeted({ port: plain }))),
    metric('handshakes', 'per s', await perSecond(parallel, ms, () => greeted({ port: tls, tls: true }))),
    metric(
      'resumptions',
      'per s',
      await perSecond(parallel, ms, () => greeted({ port: tls, tls: true, ...(session && { session }) })),
    ),
    metric('round trips', 'per s', await roundTrips(plain, ms)),
  ]
  first.wire.destroy()
  return { metrics, loadShare: 0, answers: {}, notes: [] }
}

const metric = (name: LimitName, unit: Metric['unit'], value: number): Metric => ({ name, unit, value, more: true })

async function best(measure: () => Promise<number>): Promise<number> {
  return Math.max(await measure(), await measure(), await measure())
}

async function throughput(port: number, tls: boolean, octets: number): Promise<number> {
  const session = await Session.open({ port, tls })
  const from = performance.now()
  session.wire.write(`S ${octets}\r\n`)
  await session.wire.until(Buffer.from('Qz7 '))
  const seconds = (performance.now() - from) / 1000
  session.wire.destroy()
  return octets / 1e6 / seconds
}

/** 4 KB appended and synced, one after the other: what one who waits for each can have. */
function syncs(folder: string, ms: number): number {
  const path = join(folder, 'sync-probe')
  const file = openSync(path, 'w')
  const block = Buffer.alloc(4096, 'x')
  const from = performance.now()
  let count = 0
  for (; performance.now() - from < ms; count++) {
    writeSync(file, block)
    fdatasyncSync(file)
  }
  const seconds = (performance.now() - from) / 1000
  closeSync(file)
  unlinkSync(path)
  return count / seconds
}

async function greeted(options: { port: number; tls?: boolean; session?: Buffer }): Promise<void> {
  const session = await Session.open(options)
  await session.run('LOGOUT')
  session.wire.destroy()
}

async function roundTrips(port: number, ms: number): Promise<number> {
  const sessions = await Promise.all(Array.from({ length: 10 }, () => Session.open({ port })))
  const noop = Buffer.from('Qz7 NOOP\r\n')
  const rate = await perSecond(10, ms, async client => {
    await sessions[client]!.run(noop)
  })
  for (const session of sessions) session.wire.destroy()
  return rate
}

/** The best of three, the first of which warms up. */
async function perSecond(clients: number, ms: number, step: (client: number) => Promise<void>): Promise<number> {
  const rates: number[] = []
  for (let n = 0; n < 3; n++) rates.push(await once(clients, ms, step))
  return Math.max(...rates)
}

async function once(clients: number, ms: number, step: (client: number) => Promise<void>): Promise<number> {
  const from = performance.now()
  let count = 0
  const loop = async (client: number) => {
    for (; performance.now() - from < ms; count++) await step(client)
  }
  await Promise.all(Array.from({ length: clients }, (_, client) => loop(client)))
  return (count * 1000) / (performance.now() - from)
}
