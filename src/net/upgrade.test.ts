import assert from 'node:assert/strict'
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { type ConnectionOptions as ClientOptions, connect as connectTls, type TLSSocket } from 'node:tls'
import { type Connection, ConnectionClosed } from './connection.ts'
import * as der from './der.ts'
import { type Listener, listen } from './listener.ts'
import { ensureSelfSigned } from './self-signed.ts'
import { loadTls, newTicketKeys, type TlsMaterial } from './tls.ts'

const dir = await mkdtemp(join(tmpdir(), 'rookery-upgrade-'))
const files = await ensureSelfSigned(dir)
const ticketKeys = newTicketKeys()
const tls = await loadTls({ ...files, ticketKeys })
const listeners: Listener[] = []
after(async () => {
  for (const listener of listeners) {
    await listener.stop()
    for (const connection of listener.connections) connection.abort()
  }
  await rm(dir, { recursive: true })
})

type Serve = (connection: Connection) => Promise<void> | void

async function serve(accept: Serve, implicit?: TlsMaterial): Promise<number> {
  const listener = await listen({
    at: { host: '127.0.0.1', port: 0 },
    accept: connection => void Promise.resolve(accept(connection)).catch(() => connection.abort()),
    ...(implicit === undefined ? {} : { tls: () => implicit }),
    connection: { handshakeMs: 1_000 },
  })
  listeners.push(listener)
  return (listener.address as { port: number }).port
}

const text = (chunk: Uint8Array | null): string | null =>
  chunk === null ? null : Buffer.from(chunk).toString('latin1')
const next = async (socket: Socket): Promise<string> => String((await once(socket, 'data'))[0])

/** In whatever way. */
const closed = (socket: Socket) =>
  new Promise<void>(resolve => {
    socket.on('error', () => {})
    socket.on('close', () => resolve())
    socket.resume()
  })

/** Answers STARTTLS, then says back what it reads, in words. */
function echo(seen: (string | null)[], before?: (connection: Connection) => Promise<void>): Serve {
  return async connection => {
    seen.push(text(await connection.read()))
    await before?.(connection)
    await connection.startTls(tls, 'A1 OK begin\r\n')
    for (;;) {
      const chunk = text(await connection.read())
      seen.push(chunk)
      if (chunk === null) return connection.end()
      connection.write(`echo ${chunk}`)
    }
  }
}

test('startTls: answers in clear, then speaks TLS', async () => {
  const seen: (string | null)[] = []
  const client = connect(await serve(echo(seen)), '127.0.0.1')
  client.write('A1 STARTTLS\r\n')
  assert.equal(await next(client), 'A1 OK begin\r\n')
  const secured = connectTls({ socket: client, rejectUnauthorized: false })
  secured.write('A2 NOOP\r\n')
  assert.equal(await next(secured), 'echo A2 NOOP\r\n')
  secured.end()
  await once(secured, 'close')
  assert.deepEqual(seen, ['A1 STARTTLS\r\n', 'A2 NOOP\r\n', null])
})

test('startTls: what was pipelined before TLS and has arrived is never seen', async () => {
  const seen: (string | null)[] = []
  const arrived = Promise.withResolvers<void>()
  const port = await serve(echo(seen, () => arrived.promise))
  const client = connect({ port, host: '127.0.0.1', noDelay: true })
  client.write('A1 STARTTLS\r\n')
  await new Promise(resolve => setTimeout(resolve, 20))
  client.write('A2 LOGIN eve secret\r\n')
  await new Promise(resolve => setTimeout(resolve, 20))
  arrived.resolve()
  assert.equal(await next(client), 'A1 OK begin\r\n')
  const secured = connectTls({ socket: client, rejectUnauthorized: false })
  secured.write('A3 NOOP\r\n')
  assert.equal(await next(secured), 'echo A3 NOOP\r\n')
  secured.destroy()
  assert.deepEqual(seen.slice(0, 2), ['A1 STARTTLS\r\n', 'A3 NOOP\r\n'])
})

test('startTls: the same when it had stopped reading long ago', async () => {
  const seen: (string | null)[] = []
  const arrived = Promise.withResolvers<void>()
  const port = await serve(echo(seen, () => arrived.promise))
  const client = connect({ port, host: '127.0.0.1', noDelay: true })
  client.write('A1 STARTTLS\r\n')
  await new Promise(resolve => setTimeout(resolve, 20))
  client.write('A2 LOGIN eve secret\r\n'.repeat(100_000))
  await new Promise(resolve => setTimeout(resolve, 50))
  arrived.resolve()
  await closed(client)
  assert.deepEqual(seen, ['A1 STARTTLS\r\n'], 'the rest was no handshake, and the connection is gone')
})

test('startTls: clear octets that come after the answer end the connection', async () => {
  const seen: (string | null)[] = []
  const client = connect(await serve(echo(seen)), '127.0.0.1')
  client.write('A1 STARTTLS\r\n')
  assert.equal(await next(client), 'A1 OK begin\r\n')
  client.write('A2 LOGIN eve secret\r\n')
  await closed(client)
  assert.deepEqual(seen, ['A1 STARTTLS\r\n'])
})

test('startTls: everything written before is sent in clear before it', async () => {
  const big = randomBytes(3 * 1024 * 1024).toString('base64')
  const port = await serve(async connection => {
    await connection.read()
    connection.write(big)
    await connection.startTls(tls, 'OK\r\n')
    connection.end('secret')
  })
  const client = connect(port, '127.0.0.1')
  client.write('x')
  let clear = ''
  while (!clear.endsWith('OK\r\n')) clear += await next(client)
  assert.ok(clear === `${big}OK\r\n`)
  assert.equal(await next(connectTls({ socket: client, rejectUnauthorized: false })), 'secret')
})

test('startTls: a peer that goes away in between is a closed connection, not a hang', async () => {
  const outcome = Promise.withResolvers<unknown>()
  const port = await serve(async connection => {
    await connection.read()
    await connection.startTls(tls, 'OK\r\n').then(outcome.resolve, outcome.resolve)
  })
  const client = connect(port, '127.0.0.1')
  client.write('x')
  await next(client)
  client.end()
  assert.ok((await outcome.promise) instanceof ConnectionClosed)
})

async function handshake(port: number, options: ClientOptions): Promise<TLSSocket> {
  const client = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options })
  await once(client, 'secureConnect')
  return client
}

test('secure: both ends have the same channel bindings', async () => {
  const accepted: Connection[] = []
  const port = await serve(connection => void accepted.push(connection), tls)
  const client = await handshake(port, {})
  await new Promise(resolve => setTimeout(resolve, 20))
  const { secure } = accepted[0]!
  assert.equal(secure?.protocol, 'TLSv1.3')
  assert.match(secure.cipher, /^TLS_/)
  const exported = client.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0))
  assert.deepEqual(secure.channelBinding('tls-exporter'), exported)
  const certificate = new X509Certificate(await readFile(files.cert))
  assert.deepEqual(secure.channelBinding('tls-server-end-point'), createHash('sha256').update(certificate.raw).digest())
  assert.equal(secure.clientFingerprint, null)
  client.destroy()
})

test('secure: TLS 1.2 has no exporter binding, and 1.1 is not spoken', async () => {
  const accepted: Connection[] = []
  const port = await serve(connection => void accepted.push(connection), tls)
  const client = await handshake(port, { maxVersion: 'TLSv1.2' })
  await new Promise(resolve => setTimeout(resolve, 20))
  assert.equal(accepted[0]!.secure?.protocol, 'TLSv1.2')
  assert.equal(accepted[0]!.secure.channelBinding('tls-exporter'), null)
  assert.equal(accepted[0]!.secure.channelBinding('tls-server-end-point')?.length, 32)
  client.destroy()
  const old = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' } as const
  await assert.rejects(handshake(port, old))
})

for (const version of ['TLSv1.2', 'TLSv1.3'] as const)
  test(`secure: a ${version} session of one context is resumed by another with the same ticket keys`, async () => {
    const accept: Serve = connection => connection.end('hello')
    const [one, two, stranger] = [
      await serve(accept, tls),
      await serve(accept, await loadTls({ ...files, ticketKeys })),
      await serve(accept, await loadTls({ ...files, ticketKeys: newTicketKeys() })),
    ]
    const first = connectTls({ port: one, host: '127.0.0.1', rejectUnauthorized: false, maxVersion: version })
    // In TLS 1.3 it comes after the handshake.
    const [session] = (await once(first, 'session')) as [Buffer]
    const again = await handshake(two, { maxVersion: version, session })
    assert.equal(again.isSessionReused(), true)
    const elsewhere = await handshake(stranger, { maxVersion: version, session })
    assert.equal(elsewhere.isSessionReused(), false)
    for (const client of [first, again, elsewhere]) client.destroy()
  })

/** A certificate for a client, or the authority that signs them. */
function certificateFor(
  name: string,
  keys: { publicKey: KeyObject },
  issuer: { name: string; key: KeyObject },
  ca: boolean,
): string {
  const nameOf = (text: string) => der.sequence(der.set(der.sequence(der.objectId('2.5.4.3'), der.utf8String(text))))
  const algorithm = der.sequence(der.objectId('1.2.840.10045.4.3.2'))
  const basic = der.sequence(
    der.objectId('2.5.29.19'),
    der.boolean(true),
    der.octetString(der.sequence(...(ca ? [der.boolean(true)] : []))),
  )
  const body = der.sequence(
    der.context(0, true, der.integer(Buffer.from([2]))),
    der.integer(randomBytes(8)),
    algorithm,
    nameOf(issuer.name),
    der.sequence(der.time(Date.now() - 1e6), der.time(Date.now() + 1e9)),
    nameOf(name),
    keys.publicKey.export({ type: 'spki', format: 'der' }),
    der.context(3, true, der.sequence(basic)),
  )
  const bytes = der.sequence(body, algorithm, der.bitString(sign('sha256', body, issuer.key)))
  return `-----BEGIN CERTIFICATE-----\n${bytes.toString('base64')}\n-----END CERTIFICATE-----\n`
}

test('secure: a client certificate counts only when our authority signed it', async () => {
  const pair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const [ours, theirs, client] = [pair(), pair(), pair()]
  const clientCa = join(dir, 'client-ca.pem')
  await writeFile(clientCa, certificateFor('ours', ours, { name: 'ours', key: ours.privateKey }, true))
  const asking = await loadTls({ ...files, clientCa, ticketKeys })
  assert.equal(asking.asksCertificate, true)
  const port = await serve(connection => connection.end(connection.secure?.clientFingerprint ?? 'nobody'), asking)
  const key = client.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
  const good = certificateFor('alice', client, { name: 'ours', key: ours.privateKey }, false)
  const forged = certificateFor('alice', client, { name: 'ours', key: theirs.privateKey }, false)
  const ask = async (options: ClientOptions) => {
    const socket = await handshake(port, { ...options, maxVersion: 'TLSv1.2' })
    const answer = await next(socket)
    const result = { answer, session: socket.getSession(), reused: socket.isSessionReused() }
    socket.destroy()
    return result
  }
  const fingerprint = createHash('sha256').update(new X509Certificate(good).raw).digest('hex')
  const first = await ask({ cert: good, key })
  assert.equal(first.answer, fingerprint)
  assert.equal((await ask({ cert: forged, key })).answer, 'nobody')
  const strangers = await ask({})
  assert.equal(strangers.answer, 'nobody')
  // A resumed session is who it was.
  const resumed = await ask({ session: first.session! })
  assert.deepEqual([resumed.answer, resumed.reused], [fingerprint, true])
  assert.equal((await ask({ session: strangers.session! })).answer, 'nobody')
})
