import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { after, test } from 'node:test'
import { createDeflateRaw, createInflateRaw, deflateRawSync, inflateRawSync, constants as zlib } from 'node:zlib'
import fc from 'fast-check'
import type { Connection } from './connection.ts'
import { deflateBatch } from './deflate.ts'
import { type Listener, listen } from './listener.ts'

const listeners: Listener[] = []
after(async () => {
  for (const listener of listeners) {
    await listener.stop()
    for (const connection of listener.connections) connection.abort()
  }
})

async function pair(): Promise<{ server: Connection; client: Socket }> {
  const accepted = Promise.withResolvers<Connection>()
  const listener = await listen({ at: { host: '127.0.0.1', port: 0 }, accept: accepted.resolve })
  listeners.push(listener)
  const client = connect((listener.address as { port: number }).port, '127.0.0.1')
  client.on('error', () => {})
  return { server: await accepted.promise, client }
}

/** A client's stream, flushed so that all of it can be read. */
const packed = (data: string | Buffer): Buffer => deflateRawSync(data, { finishFlush: zlib.Z_SYNC_FLUSH })
const unpacked = (data: Buffer): Buffer => inflateRawSync(data, { finishFlush: zlib.Z_SYNC_FLUSH })

async function readUntil(server: Connection, octets: number): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for (let length = 0; length < octets; ) {
    const chunk = await server.read()
    if (chunk === null) break
    chunks.push(chunk)
    length += chunk.length
  }
  return Buffer.concat(chunks)
}

test('deflateBatch: batches one after another are one stream', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 9000 }), { maxLength: 6 }), batches => {
      const stream = Buffer.concat(batches.map(deflateBatch))
      assert.ok(unpacked(stream).equals(Buffer.concat(batches)))
    }),
    { numRuns: 50 },
  )
})

test('deflateBatch: text becomes a fraction of itself', () => {
  const answer = Buffer.from('* 1 FETCH (UID 1 FLAGS (\\Seen) RFC822.SIZE 1000)\r\n'.repeat(1000))
  assert.ok(deflateBatch(answer).length < answer.length / 20)
})

test('deflate: both ways, beginning right after the answer, with what the caller had read already', async () => {
  const { server, client } = await pair()
  client.write('A1 COMPRESS DEFLATE\r\n')
  assert.equal(Buffer.from((await server.read())!).toString(), 'A1 COMPRESS DEFLATE\r\n')
  const stream = packed('A2 NOOP\r\nA3 NOOP\r\n')
  server.write('A1 OK\r\n')
  server.startDeflate(stream.subarray(0, 5))
  assert.equal(server.compressed, true)
  client.write(stream.subarray(5))
  assert.equal((await readUntil(server, 18)).toString(), 'A2 NOOP\r\nA3 NOOP\r\n')
  server.write('A2 OK\r\n')
  server.write(Buffer.from('A3 OK \xff\r\n', 'latin1'))
  server.end()
  const chunks: Buffer[] = []
  for await (const chunk of client) chunks.push(chunk as Buffer)
  const all = Buffer.concat(chunks)
  assert.equal(all.toString('latin1', 0, 7), 'A1 OK\r\n')
  assert.equal(unpacked(all.subarray(7)).toString('latin1'), 'A2 OK\r\nA3 OK \xff\r\n')
})

test('deflate: each answer can be read when it was sent', async () => {
  const { server, client } = await pair()
  server.startDeflate(null)
  const inflate = createInflateRaw({ finishFlush: zlib.Z_SYNC_FLUSH })
  client.pipe(inflate)
  for (const answer of ['* 1 EXISTS\r\n', 'A1 OK\r\n']) {
    server.write(answer)
    assert.equal(String((await once(inflate, 'data'))[0]), answer)
  }
})

test('deflate: octet by octet, and a client that keeps one history', async () => {
  const { server, client } = await pair()
  server.startDeflate(null)
  client.setNoDelay(true)
  const deflate = createDeflateRaw()
  const wire: Buffer[] = []
  deflate.on('data', chunk => wire.push(chunk as Buffer))
  for (let i = 0; i < 5; i++) {
    deflate.write(`A${i} UID FETCH 1:* (FLAGS)\r\n`)
    await new Promise<void>(resolve => deflate.flush(zlib.Z_SYNC_FLUSH, resolve))
  }
  const expected = Array.from({ length: 5 }, (_, i) => `A${i} UID FETCH 1:* (FLAGS)\r\n`).join('')
  const reading = readUntil(server, expected.length)
  for (const octet of Buffer.concat(wire)) {
    client.write(Buffer.from([octet]))
    await new Promise(resolve => setImmediate(resolve))
  }
  assert.equal((await reading).toString(), expected)
})

test('deflate: a large message up and down', async () => {
  const { server, client } = await pair()
  server.startDeflate(null)
  const message = Buffer.concat([randomBytes(2 * 1024 * 1024), Buffer.alloc(4 * 1024 * 1024, 'text ')])
  client.write(packed(message))
  assert.ok((await readUntil(server, message.length)).equals(message))
  const receiving = (async () => {
    const chunks: Buffer[] = []
    for await (const chunk of client) chunks.push(chunk as Buffer)
    return unpacked(Buffer.concat(chunks))
  })()
  for (let at = 0; at < message.length; at += 50_000) {
    server.write(message.subarray(at, at + 50_000))
    await server.drained()
  }
  server.end()
  assert.ok((await receiving).equals(message))
})

test('deflate: a bomb is unpacked only as fast as it is read', async () => {
  const { server, client } = await pair()
  server.startDeflate(null)
  void server.read()
  const bomb = packed(Buffer.alloc(256 * 1024 * 1024))
  assert.ok(bomb.length < 512 * 1024)
  const before = process.memoryUsage().rss
  client.write(bomb)
  await new Promise(resolve => setTimeout(resolve, 200))
  assert.ok(process.memoryUsage().rss - before < 32 * 1024 * 1024)
  let read = 0
  while (read < 32 * 1024 * 1024) {
    const chunk = await server.read()
    assert.ok(chunk !== null && chunk.length <= 256 * 1024, `${chunk?.length} octets at once`)
    read += chunk.length
  }
  server.abort()
})

test('deflate: a stream that stops in the middle is an end, after all that could be read', async () => {
  const { server, client } = await pair()
  server.startDeflate(null)
  client.end(Buffer.concat([packed('A1 LOGOUT\r\n'), packed('A2 NOOP\r\n').subarray(0, 4)]))
  const all = await readUntil(server, Number.POSITIVE_INFINITY)
  assert.ok(all.toString().startsWith('A1 LOGOUT\r\n'))
  assert.equal(server.ended, 'closed')
  server.end('bye')
  const chunks: Buffer[] = []
  for await (const chunk of client) chunks.push(chunk as Buffer)
  assert.equal(unpacked(Buffer.concat(chunks)).toString(), 'bye')
})

test('deflate: a stream that ends properly is an end, whatever follows it', async () => {
  for (const rest of ['', 'A2 NOOP\r\n']) {
    const { server, client } = await pair()
    server.startDeflate(null)
    client.end(Buffer.concat([deflateRawSync('A1 LOGOUT\r\n'), Buffer.from(rest)]))
    assert.equal((await readUntil(server, Number.POSITIVE_INFINITY)).toString(), 'A1 LOGOUT\r\n')
    assert.equal(server.ended, 'closed')
  }
})

test('deflate: what is no such stream ends the connection', async () => {
  const { server, client } = await pair()
  server.startDeflate(null)
  client.write(Buffer.alloc(100, 0xff))
  assert.equal(await server.read(), null)
  assert.equal(server.ended, 'fault')
  assert.ok(server.signal.aborted)
})
