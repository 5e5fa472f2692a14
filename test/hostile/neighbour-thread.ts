/**
 * Somebody else who uses the server meanwhile, on an event loop of his own, so that the test's work does not show in what he feels:
 * sessions that say NOOP again and again, two that idle, and one that appends. They are enough for some to be on every session thread.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { ImapClient } from '#test/imap-client.ts'
import { latenciesOf } from './latencies.ts'
import type { NeighbourReport, NeighbourSetup } from './neighbour.ts'

const SESSIONS = 6
const NOOP_EVERY_MS = 10
const APPEND_EVERY_MS = 200
const mail = Buffer.from('Subject: from next door\r\n\r\nhello\r\n')

const { port, user, password } = workerData as NeighbourSetup
const login = () => ImapClient.login({ port, user, password, waitMs: 60_000 })
const sessions = await Promise.all(Array.from({ length: SESSIONS }, login))
const idlers = await Promise.all([login(), login()])
const writer = await login()
let going = true
let noops: number[] = []
let told: number[] = []
let fault: string | null = null

async function sayNoop(session: ImapClient): Promise<void> {
  await session.ok('SELECT INBOX')
  while (going) {
    const from = performance.now()
    await session.ok('NOOP')
    noops.push(performance.now() - from)
    await pause(NOOP_EVERY_MS)
  }
}

async function idle(): Promise<void> {
  for (const idler of idlers) {
    await idler.ok('SELECT INBOX')
    await idler.idle()
    idler.drain()
  }
  while (going) {
    await writer.ok('APPEND INBOX ', mail)
    const from = performance.now()
    for (const idler of idlers) {
      await idler.next(/^\* \d+ EXISTS/)
      told.push(performance.now() - from)
    }
    await pause(APPEND_EVERY_MS)
  }
}

const work = Promise.all([...sessions.map(sayNoop), idle()]).catch(error => {
  if (going) fault = String(error)
})
parentPort!.on('message', async (message: 'mark' | 'report' | 'stop') => {
  if (message === 'mark') {
    noops = []
    told = []
  } else if (message === 'report') {
    const report: NeighbourReport = { noop: latenciesOf(noops), idle: latenciesOf(told), fault }
    parentPort!.postMessage(report)
  } else {
    going = false
    await Promise.race([work, pause(2_000)])
    for (const session of [...sessions, ...idlers, writer]) await session[Symbol.asyncDispose]()
    parentPort!.close()
  }
})
parentPort!.postMessage('ready')
