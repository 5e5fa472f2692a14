import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { Worker } from 'node:worker_threads'
import type { Connection } from './connection.ts'
import { type Listener, type ListenOptions, listen } from './listener.ts'
import { ensureSelfSigned } from './self-signed.ts'
import { loadTls } from './tls.ts'

const dir = await mkdtemp(join(tmpdir(), 'rookery-listener-'))
const tls = await loadTls(await ensureSelfSigned(dir))
const listeners: Listener[] = []
after(async () => {
  for (const listener of listeners) {
    await listener.stop()
    for (const connection of listener.connections) connection.abort()
  }
  await rm(dir, { recursive: true, force: true })
})

const loopback = { host: '127.0.0.1', port: 0 }

/** Greets with the address it sees. */
async function greeter(options: Partial<ListenOptions> = {}) {
  const accept = (connection: Connection) => connection.end(`hello ${connection.remoteAddress}\r\n`)
  const listener = await listen({ at: loopback, accept, ...options })
  listeners.push(listener)
  return { listener, port: (listener.address as { port: number }).port }
}

async function text(socket: NodeJS.ReadableStream): Promise<string> {
  let all = ''
  for await (const chunk of socket) all += String(chunk)
  return all
}

function say(port: number, first = ''): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  if (first !== '') socket.write(first)
  return text(socket)
}

test('listener: a plain port, counting its connections', async () => {
  const accepted: Connection[] = []
  const { listener, port } = await greeter({
    accept: async connection => {
      accepted.push(connection)
      await connection.read()
      connection.end()
    },
  })
  const [one, two] = [connect(port, '127.0.0.1'), connect(port, '127.0.0.1')]
  await Promise.all([once(one, 'connect'), once(two, 'connect')])
  while (accepted.length < 2) await new Promise(resolve => setImmediate(resolve))
  assert.equal(listener.connections.size, 2)
  one.destroy()
  while (listener.connections.size > 1) await new Promise(resolve => setTimeout(resolve, 1))
  two.destroy()
  while (listener.connections.size > 0) await new Promise(resolve => setTimeout(resolve, 1))
})

test('listener: implicit TLS is ready when it is accepted', async () => {
  const { port } = await greeter({
    tls: () => tls,
    accept: connection => connection.end(`${connection.secure?.protocol}\r\n`),
  })
  const client = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false })
  assert.equal(await text(client), 'TLSv1.3\r\n')
})

test('listener: what is not TLS is not accepted and leaves nothing behind', async () => {
  let accepted = 0
  const { listener, port } = await greeter({ tls: () => tls, accept: () => void accepted++ })
  await say(port, 'A1 LOGIN a b\r\n')
  assert.equal(accepted, 0)
  assert.equal(listener.connections.size, 0)
})

test('listener: a handshake that never comes is cut', async () => {
  const { listener, port } = await greeter({ tls: () => tls, connection: { handshakeMs: 50, stallMs: 60_000 } })
  assert.equal(await say(port), '')
  assert.equal(listener.connections.size, 0)
})

test('listener: two share a port', async () => {
  const { port } = await greeter()
  await greeter({ at: { host: '127.0.0.1', port } })
  assert.equal(await say(port), 'hello 127.0.0.1\r\n')
})

test('listener: worker threads share a port, and clients are spread over them', async () => {
  const { listener, port } = await greeter({ accept: connection => connection.end('main') })
  const code = `
    import { listen } from ${JSON.stringify(new URL('./listener.ts', import.meta.url).href)}
    import { parentPort } from 'node:worker_threads'
    const listener = await listen({ at: { host: '127.0.0.1', port: ${port} }, accept: connection => connection.end('worker') })
    parentPort.postMessage('ready')
    parentPort.once('message', async () => { await listener.stop(); parentPort.close() })`
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`))
  await once(worker, 'message')
  const seen = new Set<string>()
  for (let i = 0; i < 200 && seen.size < 2; i++) seen.add(await say(port))
  assert.deepEqual([...seen].sort(), ['main', 'worker'])
  await listener.stop()
  // The kernel may have queued one for the socket that was just closed: only those who are answered count.
  assert.equal(await say(port), 'worker')
  worker.postMessage('stop')
  await once(worker, 'exit')
})

test('listener: after stop nobody comes in, and those who are in stay', async () => {
  const accepted: Connection[] = []
  const { listener, port } = await greeter({ accept: connection => void accepted.push(connection) })
  const client = connect(port, '127.0.0.1')
  await once(client, 'connect')
  while (accepted.length === 0) await new Promise(resolve => setImmediate(resolve))
  await listener.stop()
  await assert.rejects(say(port), /ECONNREFUSED/)
  accepted[0]!.end('still here')
  assert.equal(await text(client), 'still here')
})

test('listener: a unix socket with its mode, also where a dead process left one', async () => {
  const path = join(dir, 'lmtp.sock')
  const { listener } = await greeter({ at: { path, mode: 0o660 } })
  assert.equal((await stat(path)).mode & 0o777, 0o660)
  assert.equal(await text(connect(path)), 'hello \r\n')
  await assert.rejects(greeter({ at: { path } }), /EADDRINUSE/)
  await listener.stop()

  const stale = join(dir, 'stale.sock')
  const code = `const s = require('net').createServer().listen(${JSON.stringify(stale)}, () => process.kill(process.pid, 'SIGKILL'))`
  const { spawn } = await import('node:child_process')
  await once(spawn(process.execPath, ['-e', code]), 'exit')
  assert.ok((await stat(stale)).isSocket())
  await greeter({ at: { path: stale } })
  assert.equal(await text(connect(stale)), 'hello \r\n')
})

test('listener: a port in use is an error', async () => {
  // Without reusePort, so that it cannot be shared.
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  await assert.rejects(
    greeter({ at: { host: '127.0.0.1', port: (other.address() as { port: number }).port } }),
    /EADDRINUSE/,
  )
  other.close()
})

const proxied = () => true

test('listener: PROXY v1 gives the client, and what follows is not lost', async () => {
  const { port } = await greeter({
    proxies: proxied,
    accept: async connection => {
      const first = await connection.read()
      connection.end(`${connection.remoteAddress} said ${first === null ? 'nothing' : Buffer.from(first).toString()}`)
    },
  })
  assert.equal(await say(port, 'PROXY TCP4 192.0.2.1 198.51.100.2 5 143\r\nA1 NOOP'), '192.0.2.1 said A1 NOOP')
})

test('listener: PROXY v2 in pieces', async () => {
  const { port } = await greeter({ proxies: proxied })
  const header = Buffer.concat([
    Buffer.from('\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c', 'latin1'),
    Buffer.from('c0000209c6336402d903008f', 'hex'),
  ])
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  for (const octet of header) {
    socket.write(Buffer.from([octet]))
    await new Promise(resolve => setImmediate(resolve))
  }
  assert.equal(await text(socket), 'hello 192.0.2.9\r\n')
})

test('listener: TLS after PROXY', async () => {
  const { port } = await greeter({ proxies: proxied, tls: () => tls })
  const socket = connect(port, '127.0.0.1')
  socket.write('PROXY TCP6 2001:db8::1 2001:db8::2 5 993\r\n')
  assert.equal(await text(connectTls({ socket, rejectUnauthorized: false })), 'hello 2001:db8::1\r\n')
})

test('listener: a trusted peer without a header is not served, one that says nothing is cut', async () => {
  const { port } = await greeter({ proxies: proxied, connection: { handshakeMs: 50 } })
  assert.equal(await say(port, 'A1 CAPABILITY\r\n'), '')
  assert.equal(await say(port), '')
})

test('listener: others do not get to say who they are', async () => {
  const { port } = await greeter({ proxies: address => address === '192.0.2.99' })
  assert.equal(await say(port, 'PROXY TCP4 192.0.2.1 198.51.100.2 5 143\r\n'), 'hello 127.0.0.1\r\n')
})
