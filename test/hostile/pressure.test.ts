/** Too much of what is right: pipelines, silence, sessions that do not read, guessing. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import { createDeflateRaw, constants as zlib } from 'node:zlib'
import { limits } from '#base/limits.ts'
import { Field, password } from './field.ts'
import { RawClient } from './raw-client.ts'
import { MIB } from './resident.ts'

test('pressure', async t => {
  const field = await Field.open(t)
  const { port } = field
  const bad = (from?: string) => RawClient.login(port, 'bad', password, from)
  const letter = `Subject: a letter\r\n\r\n${'All work and no play makes a long message. '.repeat(5_000)}\r\n`

  await t.test(
    '10,000 commands in one go',
    async () =>
      void (await field.survives('pipeline', async () => {
        await using client = await bad()
        client.write(`s SELECT INBOX\r\n${Array.from({ length: 10_000 }, (_, i) => `p${i} NOOP\r\n`).join('')}`)
        await client.hears(/^p9999 OK/m)
        client.write(Array.from({ length: 10_000 }, (_, i) => `l${i} LIST "" "*"\r\n`).join(''))
        await client.hears(/^l9999 OK/m)
      })),
  )

  await t.test('a client that asks for everything and reads nothing', async () => {
    await using setup = await field.login()
    for (let i = 0; i < 40; i++) await setup.ok('APPEND INBOX ', Buffer.from(letter))
    await field.survives(
      'reads nothing',
      async () => {
        const clients = await Promise.all(Array.from({ length: 10 }, () => bad()))
        for (const client of clients) {
          client.socket.pause()
          client.write(`s SELECT INBOX\r\n${'f FETCH 1:* (BODY.PEEK[] ENVELOPE)\r\nc CAPABILITY\r\n'.repeat(4_000)}`)
        }
        await pause(3_000)
        for (const client of clients) await client[Symbol.asyncDispose]()
      },
      { most: 96 * MIB },
    )
  })

  await t.test(
    'a client that idles and does not read what it is told',
    async () =>
      void (await field.survives(
        'idles deaf',
        async () => {
          await using client = await bad()
          await client.say('s SELECT INBOX')
          client.write('i IDLE\r\n')
          await client.hears(/^\+ /m)
          client.socket.pause()
          await using other = await field.login()
          await other.ok('SELECT INBOX')
          for (let i = 0; i < 300; i++) await other.ok(`STORE 1:* ${i % 2 === 0 ? '+' : '-'}FLAGS.SILENT (\\Flagged)`)
        },
        { most: 96 * MIB },
      )),
  )

  await t.test('a FETCH of very many items', async () => {
    await using client = await field.login()
    await client.ok('CREATE greedy')
    await client.ok('APPEND greedy ', Buffer.from(letter.repeat(4)))
    await client.ok('SELECT greedy')
    const items = (count: number) => Array.from({ length: count }, (_, i) => `BODY.PEEK[]<${i}.500000>`).join(' ')
    await field.survives(
      'greedy FETCH',
      async () => {
        await client.ok(`FETCH 1 (${items(limits.fetchItems)})`)
        assert.match((await client.command(`FETCH 1 (${items(2_000)})`)).text, /^\[LIMIT\]/)
      },
      { most: 96 * MIB },
    )
  })

  await t.test(
    'large literals that stop in the middle',
    async () =>
      void (await field.survives('literals that stop', async () => {
        const clients = await Promise.all(Array.from({ length: 40 }, () => bad()))
        for (const client of clients) {
          client.write('a APPEND INBOX {100000000+}\r\n')
          for (let i = 0; i < 20; i++) await client.push(letter.slice(0, 50_000))
        }
        await pause(500)
        await using other = await field.login()
        await other.ok('APPEND INBOX ', Buffer.from(letter))
        // In memory: not taken before its octets come.
        for (const client of clients.slice(0, 20)) await client[Symbol.asyncDispose]()
        for (let i = 0; i < 20; i++) (await bad()).write('a SEARCH SUBJECT {1000000+}\r\nx')
        await pause(300)
        for (const client of clients) await client[Symbol.asyncDispose]()
      })),
  )

  await t.test(
    '5,000 connections that say nothing',
    async () =>
      void (await field.survives('silence', async () => {
        const clients: RawClient[] = []
        for (let address = 1; address <= 5; address++) {
          for (let i = 0; i < 1_000; i += 100) {
            const more = Array.from({ length: 100 }, () => RawClient.connect(port, `127.0.3.${address}`))
            clients.push(...(await Promise.all(more)))
          }
        }
        await pause(1_000)
        assert.equal(clients.filter(client => client.heard.startsWith('* OK')).length, 5_000)
        await using refused = await RawClient.connect(port, '127.0.3.1')
        await refused.hears(/^\* BYE \[LIMIT\] .*1000/m)
        await using other = await field.login()
        await other.ok('NOOP')
        for (const client of clients) await client[Symbol.asyncDispose]()
      })),
  )

  await t.test(
    'guessing from the address of a user who knows his password',
    async () =>
      void (await field.survives('guessing', async () => {
        let going = true
        let guesses = 0
        const guess = async (i: number) => {
          while (going) {
            await using client = await RawClient.connect(port)
            for (let n = 0; n < 5 && going; n++, guesses++)
              await client.say(`g${n} LOGIN ${i % 3 === 0 ? 'bad' : `user${i}-${n}`} wrong${n}`, 20_000).catch(() => {})
          }
        }
        const guessers = Array.from({ length: 20 }, (_, i) => guess(i))
        const waits: number[] = []
        for (let i = 0; i < 10; i++) {
          const from = performance.now()
          const client = await field.login('good')
          waits.push(performance.now() - from)
          await client.logout()
          await pause(200)
        }
        going = false
        assert.ok(Math.max(...waits) < 3_000, `the user waited ${Math.max(...waits)} ms`)
        t.diagnostic(`${guesses} guesses; the user waited at most ${Math.max(...waits).toFixed(0)} ms`)
        // Whoever guesses waits more and more.
        assert.ok(guesses < 500)
        await Promise.all(guessers)
      })),
  )

  await t.test(
    'in and out again',
    async () =>
      void (await field.survives('UNAUTHENTICATE', async () => {
        const loop = async () => {
          await using client = await RawClient.connect(port)
          for (let i = 0; i < 100; i++) {
            client.write(`l${i} LOGIN other "${password}"\r\ns${i} SELECT INBOX\r\nu${i} UNAUTHENTICATE\r\n`)
            await client.hears(new RegExp(`^u${i} OK`, 'm'))
          }
        }
        await Promise.all([loop(), loop(), loop()])
        // None of them is still counted as a session of the account.
        const sessions = await Promise.all(Array.from({ length: 90 }, () => field.login('other')))
        for (const session of sessions) await session[Symbol.asyncDispose]()
      })),
  )

  await t.test(
    'a little that inflates to much',
    async () =>
      void (await field.survives(
        'inflating',
        async () => {
          await using client = await bad()
          await client.say('c COMPRESS DEFLATE')
          const deflate = createDeflateRaw({ level: 1, flush: zlib.Z_SYNC_FLUSH })
          deflate.pipe(client.socket)
          const zeros = Buffer.alloc(1 * MIB, 0x20)
          for (let i = 0; i < 150; i++) if (!deflate.write(zeros)) await once(deflate, 'drain')
          await pause(500)
        },
        { most: 96 * MIB },
      )),
  )

  await t.test(
    'what is said before TLS is never done after it',
    async () =>
      void (await field.survives('STARTTLS', async () => {
        for (const injected of [
          'b LOGIN bad "correct horse"',
          'b CAPABILITY',
          'b APPEND INBOX {10+}\r\n0123456789',
          '\r\nb NOOP',
        ]) {
          await using client = await RawClient.connect(port)
          await client.hears(/^\* OK/)
          client.write(`a STARTTLS\r\n${injected}\r\nb2 NOOP\r\n`)
          await client.hears(/^a OK.*$/m)
          await pause(50)
          assert.doesNotMatch(client.heard, /^b/m)
          client.socket.removeAllListeners('data')
          const secure = connectTls({ socket: client.socket, rejectUnauthorized: false })
          let heard = ''
          secure.on('data', chunk => {
            heard += chunk
          })
          secure.on('error', () => {})
          secure.write('c NOOP\r\nd SELECT INBOX\r\n')
          await Promise.race([once(secure, 'close'), pause(500)])
          assert.doesNotMatch(heard, /^b/m)
          assert.doesNotMatch(heard, /^d OK/m)
        }
      })),
  )
})

test('PROXY headers that are none', async t => {
  const field = await Field.open(t, [], { ROOKERY_LISTEN_PROXY_PROTOCOL_FROM: '127.0.9.0/24' })
  const headers = [
    '',
    '\r\n',
    'PROXY\r\n',
    'PROXY TCP4 1.2.3.4\r\n',
    'PROXY TCP4 999.1.1.1 1.1.1.1 1 1\r\n',
    `PROXY ${'x'.repeat(5_000)}`,
    '\r\n\r\n\0\r\nQUIT\n\x21\x11\xff\xff',
    '\r\n\r\n\0\r\nQUIT\n\x00',
    `a LOGIN bad "${password}"\r\n`,
  ]
  await field.survives('PROXY', async () => {
    for (let round = 0; round < 20; round++) {
      for (const header of headers) {
        await using client = await RawClient.connect(field.port, '127.0.9.1')
        client.write(header)
        await pause(5)
        assert.doesNotMatch(client.heard, /OK/)
      }
    }
    await using client = await RawClient.connect(field.port, '127.0.9.1')
    client.write('PROXY TCP4 192.0.2.7 192.0.2.1 5 143\r\n')
    await client.hears(/^\* OK/)
    // Others do not get to say who they are.
    await using other = await RawClient.connect(field.port)
    other.write('PROXY TCP4 192.0.2.7 192.0.2.1 5 143\r\n')
    await other.hears(/BAD/)
  })
})
