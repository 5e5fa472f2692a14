/** Octets that are no IMAP, or hardly any. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { Field, password } from './field.ts'
import { Random, seed } from './random.ts'
import { RawClient } from './raw-client.ts'
import { recordedSessions, spoilt } from './recorded.ts'

test(`what no client would say (HOSTILE_SEED=${seed})`, async t => {
  const field = await Field.open(t)
  const { port } = field
  const random = new Random(seed)

  await t.test(
    'random octets, before login and after',
    async () =>
      void (await field.survives('random octets', async () => {
        await Promise.all(
          Array.from({ length: 100 }, async (_, i) => {
            const from = `127.0.1.${i + 1}`
            await using client =
              i % 2 === 0 ? await RawClient.connect(port, from) : await RawClient.login(port, 'bad', password, from)
            for (let round = 0; round < 20 && !client.closed; round++)
              await client.push(random.octets(1 + random.below(3_000)))
            await pause(100)
          }),
        )
      })),
  )

  await t.test(
    'random octets where TLS is expected',
    async () =>
      void (await field.survives('random TLS', async () => {
        await Promise.all(
          Array.from({ length: 50 }, async () => {
            await using client = await RawClient.connect(field.server.ports.imaps)
            await client.push(random.octets(1 + random.below(3_000)))
            await client.push(`\x16\x03\x01${random.octets(600).toString('latin1')}`)
            await pause(50)
          }),
        )
      })),
  )

  await t.test(
    'recorded sessions with a few octets changed',
    async () =>
      void (await field.survives('spoilt sessions', async () => {
        const sessions = recordedSessions()
        assert.ok(sessions.length > 20)
        const play = async (commands: readonly string[], i: number) => {
          await using client = await RawClient.login(port, 'bad', password)
          const text = commands.map((command, n) => `s${n} ${command}\r\n`)
          for (let round = 0; round < 8 && !client.closed; round++) {
            for (const line of text) await client.push(random.below(3) === 0 ? spoilt(line, random) : line)
            // Ends whatever literal or quoted string is still open.
            await client.push(`\r\n"\r\n${'x\r\n'.repeat(5)}r${i}-${round} NOOP\r\n`)
          }
          await pause(200)
        }
        for (let from = 0; from < sessions.length; from += 10)
          await Promise.all(sessions.slice(from, from + 10).map((commands, i) => play(commands, from + i)))
      })),
  )

  await t.test(
    'half lines, and lines without an end',
    async () =>
      void (await field.survives('half lines', async () => {
        const clients = await Promise.all(Array.from({ length: 100 }, () => RawClient.connect(port, '127.0.2.1')))
        for (const [i, client] of clients.entries()) {
          if (i % 3 === 0) client.write('a LOGIN good "cor')
          else if (i % 3 === 1) client.write('x'.repeat(4_000))
          else client.write('a LOGIN {10+}\r\ngoo')
        }
        await pause(300)
        for (const client of clients) await client[Symbol.asyncDispose]()
        await using endless = await RawClient.login(port, 'bad', password)
        for (let i = 0; i < 500 && !endless.closed; i++) await endless.push('y'.repeat(64 * 1024))
        endless.write('\r\nlast NOOP\r\n')
        await endless.hears(/^last OK/m)
      })),
  )

  await t.test(
    'one octet at a time',
    async () =>
      void (await field.survives('drops', async () => {
        const clients = await Promise.all(Array.from({ length: 40 }, () => RawClient.connect(port, '127.0.2.2')))
        const say = async (client: RawClient, i: number) => {
          for (const octet of `a LOGIN bad "${password}"\r\n`) {
            client.write(octet)
            await pause(20 + (i % 10))
          }
          await client.hears(/^a OK/m)
        }
        await Promise.all(clients.map(say))
        // As slow as a second each: nothing happens, and nothing is held up by it.
        for (let i = 0; i < 3; i++) {
          for (const client of clients) client.write('b')
          await pause(1_000)
        }
        for (const client of clients) await client[Symbol.asyncDispose]()
      })),
  )
})
