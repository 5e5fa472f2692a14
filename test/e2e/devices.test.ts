/** Many devices of one person, each idling on a connection of its own: all are told of everything, at once. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import * as account from '#test/account.ts'
import type { ImapClient } from '#test/imap-client.ts'
import { deliverOk } from '#test/lmtp.ts'
import { message } from '#test/message.ts'
import { peer, serverFor } from '#test/server.ts'

const ROUNDS = 5
const DEVICES = 20
const TOLD_MS = 100

test('twenty devices in IDLE', { skip: peer !== undefined && 'a promise of ours', timeout: 60_000 }, async t => {
  const server = await serverFor(t, { users: { [account.user]: account.password } })
  const writer = await account.logIn(server)
  await account.append(
    writer,
    'INBOX',
    Array.from({ length: ROUNDS }, (_, number) => ({ octets: message({ subject: 'There already', number }) })),
  )
  await writer.ok('SELECT INBOX')
  const devices = await Promise.all(Array.from({ length: DEVICES }, () => account.logIn(server)))
  await Promise.all(devices.map(device => device.ok('SELECT INBOX')))
  const wake = await Promise.all(devices.map(device => device.idle()))

  const octets = message({ subject: 'New' })
  const deliver = () => deliverOk({ port: server.ports.lmtp, to: [account.address], message: octets })
  const changes: [what: string, told: RegExp, change: (round: number) => Promise<unknown>][] = [
    ['new mail', / EXISTS$/, deliver],
    ['a flag', /FETCH \(.*\\Flagged/, round => writer.ok(`UID STORE ${round} +FLAGS.SILENT (\\Flagged)`)],
    ['an expunge', / EXPUNGE$/, round => expunge(writer, round)],
  ]
  for (const [what, told, change] of changes) {
    await t.test(`${what} is told to all within ${TOLD_MS} ms`, async () => {
      const slowest: number[] = []
      for (let round = 1; round <= ROUNDS; round++) {
        for (const device of devices) device.drain()
        const heard = devices.map(device => device.next(told).then(() => performance.now()))
        await change(round)
        const done = performance.now()
        slowest.push(Math.max(...(await Promise.all(heard))) - done)
        await pause(50)
      }
      // The middle one of the rounds: a machine that is busy with something else may delay one of them.
      const middle = slowest.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)]!
      assert.ok(middle <= TOLD_MS, `${slowest.map(Math.round)} ms after it was done`)
    })
  }
  await Promise.all(wake.map(done => done()))
  await Promise.all([writer, ...devices].map(client => client.logout()))
})

async function expunge(writer: ImapClient, uid: number): Promise<void> {
  await writer.ok(`UID STORE ${uid} +FLAGS.SILENT (\\Deleted)`)
  await writer.ok(`UID EXPUNGE ${uid}`)
}
