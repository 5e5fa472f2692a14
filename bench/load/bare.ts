/**
 * Bare servers, plain and TLS, that do nothing but what physics asks of any: say a line to whoever comes, answer a line with a line,
 * and send as many octets as a line says; a thread for each processor. The key and certificate come as arguments, the ports go to
 * standard output.
 */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { availableParallelism } from 'node:os'
import { createServer as createTlsServer } from 'node:tls'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'

const [, , key = '', cert = ''] = process.argv
const block = Buffer.alloc(256 * 1024, 'x'.repeat(99).concat('\n'))

const serve = (socket: Socket) => {
  socket.setNoDelay(true)
  socket.on('error', () => {})
  socket.write('* OK\r\n')
  socket.on('data', (chunk: Buffer) => {
    const wanted = /^S (\d+)/.exec(chunk.toString('latin1'))?.[1]
    if (wanted) void send(socket, Number(wanted))
    else socket.write('Qz7 OK\r\n')
  })
}

async function send(socket: Socket, octets: number): Promise<void> {
  for (let left = octets; left > 0; left -= block.length) if (!socket.write(block)) await once(socket, 'drain')
  socket.write('\nQz7 OK\r\n')
}

const listening = async (server: Server, port: number) => {
  server.listen({ port, host: '127.0.0.1', reusePort: true })
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

/** The first thread is given free ports, the others share them. */
const shared = workerData as { plain: number; tls: number } | null
const plain = await listening(createServer(serve), shared?.plain ?? 0)
const tlsServer = createTlsServer(
  { key: readFileSync(key), cert: readFileSync(cert), ticketKeys: Buffer.alloc(48, 1) },
  serve,
)
tlsServer.on('tlsClientError', () => {})
const tls = await listening(tlsServer, shared?.tls ?? 0)
if (isMainThread) {
  for (let n = 1; n < availableParallelism(); n++) {
    const worker = new Worker(new URL(import.meta.url), { workerData: { plain, tls }, argv: [key, cert] })
    await once(worker, 'message')
  }
  process.stdout.write(`${JSON.stringify({ plain, tls })}\n`)
  process.on('SIGTERM', () => process.exit())
} else parentPort?.postMessage('listening')
