import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { after, test } from 'node:test'
import { type Connection, ConnectionClosed, type ConnectionOptions } from './connection.ts'
import { type Listener, listen } from './listener.ts'
import { TimerWheel } from './timers.ts'

const listeners: Listener[] = []
after(async () => {
  for (const listener of listeners) {
    await listener.stop()
    for (const connection of listener.connections) connection.abort()
  }
})

/** Both ends of one connection on loopback. */
async function pair(options: Partial<ConnectionOptions> = {}): Promise<{ server: Connection; client: Socket }> {
  const accepted = Promise.withResolvers<Connection>()
  const listener = await listen({ at: { host: '127.0.0.1', port: 0 }, accept: accepted.resolve, connection: options })
  listeners.push(listener)
  const client = connect((listener.address as { port: number }).port, '127.0.0.1')
  client.on('error', () => {})
  return { server: await accepted.promise, client }
}

async function all(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of socket) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

async function readText(server: Connection): Promise<string | null> {
  const chunk = await server.read()
  return chunk === null ? null : Buffer.from(chunk).toString('latin1')
}

const settled = () => new Promise(resolve => setTimeout(resolve, 20))

function heldWheel() {
  const clock = { time: 50_000, now: () => clock.time }
  const wheel = new TimerWheel({ clock, running: false, tickMs: 100 })
  const pass = (ms: number) => {
    clock.time += ms + 100
    wheel.turn()
  }
  return { wheel, pass }
}

test('connection: reads what comes, and null after the peer closed its side, when writing still works', async () => {
  const { server, client } = await pair()
  client.end('A1 NOOP\r\n')
  assert.equal(await readText(server), 'A1 NOOP\r\n')
  assert.equal(await server.read(), null)
  assert.equal(server.ended, 'closed')
  server.end('A1 OK\r\n')
  assert.equal(String(await all(client)), 'A1 OK\r\n')
})

test('connection: strings go out as octets, in the order written with bytes between', async () => {
  const { server, client } = await pair()
  server.write('* \xe9\xff')
  server.write(Buffer.from([0, 1, 0x80]))
  server.write('')
  server.write('end')
  server.end('!')
  assert.deepEqual(await all(client), Buffer.from('* \xe9\xff\x00\x01\x80end!', 'latin1'))
})

test('connection: what one turn writes arrives together', async () => {
  const { server, client } = await pair()
  const chunks: string[] = []
  client.on('data', chunk => chunks.push(String(chunk)))
  for (let i = 0; i < 100; i++) {
    server.write(`${i} `)
    await null
  }
  await settled()
  assert.equal(chunks.length, 1)
  assert.ok(chunks[0]!.startsWith('0 1 2 ') && chunks[0]!.endsWith('98 99 '))
})

test('connection: back-pressure holds memory, and every octet arrives', async () => {
  const { server, client } = await pair()
  client.pause()
  const block = randomBytes(64 * 1024)
  let written = 0
  let highest = 0
  const writing = (async () => {
    while (written < 300) {
      server.write(block)
      written++
      highest = Math.max(highest, server.backlog)
      await server.drained()
    }
    server.end()
  })()
  await settled()
  const stuckAt = written
  assert.ok(stuckAt < 300, 'the kernel does not take it all')
  await settled()
  assert.equal(written, stuckAt)
  assert.ok(highest <= 256 * 1024 + block.length, `${highest} octets waited`)
  const received = await all(client)
  await writing
  assert.equal(received.length, 300 * block.length)
  for (let i = 0; i < 300; i++) assert.ok(received.subarray(i * block.length, (i + 1) * block.length).equals(block))
})

test('connection: a peer that sends without end is not read without end', async () => {
  const { server, client } = await pair()
  assert.equal(server.read() instanceof Promise, true)
  let sent = 0
  const block = Buffer.alloc(64 * 1024, 'x')
  const fill = () => {
    while (sent < 64 * 1024 * 1024) {
      sent += block.length
      if (!client.write(block)) break
    }
  }
  client.on('drain', fill)
  fill()
  await settled()
  const stuckAt = sent
  await settled()
  assert.ok(sent < 64 * 1024 * 1024)
  assert.equal(sent, stuckAt)
  for (let received = 0; received < stuckAt - block.length; ) received += (await server.read())!.length
  await settled()
  assert.ok(sent > stuckAt, 'reading goes on')
})

test('connection: two readers are a mistake', async () => {
  const { server } = await pair()
  void server.read()
  assert.throws(() => server.read(), /two readers/)
})

test('connection: abort ends every wait', async () => {
  const { server, client } = await pair()
  client.pause()
  const { signal } = server
  const reading = server.read()
  server.write(Buffer.alloc(32 * 1024 * 1024))
  const draining = server.drained()
  assert.ok(draining !== undefined)
  server.abort()
  assert.equal(await reading, null)
  await assert.rejects(draining, error => error instanceof ConnectionClosed && error.ended === 'aborted')
  assert.ok(signal.aborted && signal.reason instanceof ConnectionClosed)
  assert.equal(server.ended, 'aborted')
  server.write('nothing happens')
  server.end('nor now')
  await assert.rejects(server.drained()!, ConnectionClosed)
  assert.ok(server.signal.aborted)
})

test('connection: a peer that resets is a fault, and the signal says so', async () => {
  const { server, client } = await pair()
  const reading = server.read()
  const aborted = once(server.signal, 'abort')
  client.resetAndDestroy()
  assert.equal(await reading, null)
  await aborted
  assert.ok((server.signal.reason as ConnectionClosed).ended === 'fault')
})

test('connection: a deadline passes whatever comes in, and leaves room for a last word', async () => {
  const { wheel, pass } = heldWheel()
  const { server, client } = await pair({ wheel })
  server.deadline(60_000)
  client.write('slow')
  assert.equal(await readText(server), 'slow')
  const reading = server.read()
  pass(59_000)
  client.write('ly')
  assert.equal(Buffer.from((await reading)!).toString(), 'ly')
  const last = server.read()
  pass(2_000)
  assert.equal(await last, null)
  assert.equal(server.ended, 'timeout')
  server.end('* BYE too slow\r\n')
  assert.equal(String(await all(client)), '* BYE too slow\r\n')
})

test('connection: a deadline can be lifted', async () => {
  const { wheel, pass } = heldWheel()
  const { server } = await pair({ wheel })
  server.deadline(1_000)
  server.deadline(null)
  pass(100_000)
  assert.equal(server.ended, null)
})

test('connection: while a deadline is held, time does not count', async () => {
  const { wheel, pass } = heldWheel()
  const { server } = await pair({ wheel })
  server.deadline(10_000)
  pass(5_000)
  const release = server.holdDeadline()
  pass(100_000)
  release()
  pass(3_000)
  assert.equal(server.ended, null)
  pass(3_000)
  assert.equal(server.ended, 'timeout')
})

test('connection: a deadline that is set while another is held takes its place', async () => {
  const { wheel, pass } = heldWheel()
  const { server } = await pair({ wheel })
  server.holdDeadline()()
  server.deadline(10_000)
  const release = server.holdDeadline()
  server.deadline(60_000)
  release()
  pass(30_000)
  assert.equal(server.ended, null, 'the newer one counts')
  pass(40_000)
  assert.equal(server.ended, 'timeout')
})

test('connection: the limit of quiet counts from the last input, and only while a reader waits', async () => {
  const { wheel, pass } = heldWheel()
  const { server, client } = await pair({ wheel })
  server.idleLimit(60_000)
  pass(200_000)
  assert.equal(server.ended, null, 'a long command is not idleness')
  for (let i = 0; i < 3; i++) {
    const reading = server.read()
    pass(50_000)
    client.write('x')
    assert.equal(Buffer.from((await reading)!).toString(), 'x')
  }
  const reading = server.read()
  pass(59_000)
  assert.equal(server.ended, null)
  pass(1_000)
  assert.equal(await reading, null)
  assert.equal(server.ended, 'timeout')
})

test('connection: a peer that reads nothing is cut, one that reads slowly is not', async () => {
  const { wheel, pass } = heldWheel()
  const { server, client } = await pair({ wheel, stallMs: 300_000 })
  client.pause()
  const writing = (async () => {
    for (;;) {
      server.write(Buffer.alloc(64 * 1024))
      await server.drained()
    }
  })()
  await settled()
  assert.ok(server.backlog > 0)
  for (let i = 0; i < 3; i++) {
    pass(200_000)
    const before = server.taken
    for (let tries = 0; server.taken === before && tries < 2000; tries++) {
      client.read()
      await new Promise(resolve => setImmediate(resolve))
    }
    assert.ok(server.taken > before, 'the peer took something')
    pass(90_000)
    assert.equal(server.signal.aborted, false)
  }
  client.pause()
  await settled()
  for (let i = 0; i < 6 && !server.signal.aborted; i++) pass(100_000)
  assert.equal((server.signal.reason as ConnectionClosed | undefined)?.ended, 'stalled')
  await assert.rejects(writing, ConnectionClosed)
})

test('connection: a peer that never closes its side is left after a while', async () => {
  const { wheel, pass } = heldWheel()
  const { server, client } = await pair({ wheel })
  client.allowHalfOpen = true
  client.resume()
  server.end('bye')
  await once(client, 'end')
  await settled()
  assert.equal(server.signal.aborted, false)
  pass(6_000)
  assert.ok(server.signal.aborted)
  client.destroy()
})

test('connection: the last answer survives input that nobody read', async () => {
  const { server, client } = await pair()
  client.write(Buffer.alloc(1024 * 1024, 'x'))
  await settled()
  server.end('* BYE\r\n')
  assert.equal(String(await all(client)), '* BYE\r\n')
})
