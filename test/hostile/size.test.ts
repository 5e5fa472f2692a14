/**
 * Memory that large messages cost. Method: a server of its own, warmed up with the same commands on a message of 8 MB; then VmHWM of
 * /proc/PID/status is set back to VmRSS (5 into clear_refs), one command on the large message runs, and the new VmHWM is compared.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { type TestContext, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import { createInflateRaw } from 'node:zlib'
import { Field, password } from './field.ts'
import { Random } from './random.ts'
import { RawClient } from './raw-client.ts'
import { inMib, MIB } from './resident.ts'

/** Most that one large message may cost while it goes through, octets. */
const MOST = 32 * MIB

/** A base64 part and a text part; in blocks that are sent again and again. */
class Large {
  readonly head: Buffer
  readonly middle: Buffer
  readonly end: Buffer
  readonly base64: Buffer
  readonly text: Buffer
  readonly blocks: readonly [base64: number, text: number]

  constructor(base64Octets: number, textOctets: number) {
    const random = new Random(1)
    const block = random.octets(57 * 16_384).toString('base64')
    this.base64 = Buffer.from(block.replace(/.{76}/g, '$&\r\n'))
    this.text = Buffer.from('Nobody reads this to its end, but it is kept as it came.\r\n'.repeat(18_000))
    this.head = Buffer.from(
      'Subject: large\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n',
    )
    this.middle = Buffer.from('\r\n--b\r\nContent-Type: text/plain\r\n\r\n')
    this.end = Buffer.from('\r\n--b--\r\n')
    this.blocks = [Math.ceil(base64Octets / this.base64.length), Math.ceil(textOctets / this.text.length)]
  }

  get octets(): number {
    const [base64, text] = this.blocks
    return (
      this.head.length + this.middle.length + this.end.length + base64 * this.base64.length + text * this.text.length
    )
  }

  *chunks(): Generator<Buffer> {
    yield this.head
    for (let i = 0; i < this.blocks[0]; i++) yield this.base64
    yield this.middle
    for (let i = 0; i < this.blocks[1]; i++) yield this.text
    yield this.end
  }
}

const large = new Large(70 * MIB, 30 * MIB)
const warm = new Large(6 * MIB, 2 * MIB)

/** What reads slowly: a pause for each so many octets. */
const PER_PAUSE = 256 * 1024

/** Reads until the tagged line and answers how many octets there were. */
async function readSlowly(stream: NodeJS.ReadableStream, tag: string): Promise<number> {
  let octets = 0
  let end = ''
  let since = 0
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    octets += chunk.length
    since += chunk.length
    end = (end + chunk.toString('latin1')).slice(-200)
    if (new RegExp(`^${tag} (NO|BAD)`, 'm').test(end)) throw new Error(end)
    if (new RegExp(`^${tag} OK`, 'm').test(end)) return octets
    if (since < PER_PAUSE) continue
    since = 0
    await pause(3)
  }
  throw new Error('closed')
}

type Way = 'clear' | 'tls' | 'compressed'

async function fetchSlowly(field: Field, way: Way, mailbox: string, item: string): Promise<number> {
  const { ports } = field.server
  const socket =
    way === 'tls'
      ? connectTls({ port: ports.imaps, host: '127.0.0.1', rejectUnauthorized: false })
      : connect(ports.imap, '127.0.0.1')
  try {
    await once(socket, way === 'tls' ? 'secureConnect' : 'connect')
    const say = async (line: string) => {
      let heard = ''
      socket.write(`${line}\r\n`)
      while (!new RegExp(`^${line.split(' ')[0]} `, 'm').test(heard)) heard += (await once(socket, 'data'))[0]
      assert.match(heard, new RegExp(`^${line.split(' ')[0]} OK`, 'm'))
    }
    await say(`a LOGIN bad "${password}"`)
    await say(`b SELECT ${mailbox}`)
    if (way !== 'compressed') {
      socket.pause()
      socket.write(`f FETCH 1 (${item})\r\n`)
      return await readSlowly(socket, 'f')
    }
    await say('c COMPRESS DEFLATE')
    const inflate = createInflateRaw()
    socket.pipe(inflate)
    const { deflateRawSync, constants } = await import('node:zlib')
    socket.write(deflateRawSync(`f FETCH 1 (${item})\r\n`, { finishFlush: constants.Z_SYNC_FLUSH }))
    return await readSlowly(inflate, 'f')
  } finally {
    socket.destroy()
  }
}

async function append(field: Field, mailbox: string, message: Large): Promise<void> {
  await using client = await RawClient.login(field.port, 'bad', password)
  client.write(`a APPEND ${mailbox} {${message.octets}+}\r\n`)
  for (const chunk of message.chunks()) await client.push(chunk)
  client.write('\r\n')
  await client.hears(/^a OK/m, 60_000)
}

async function lmtp(field: Field, message: Large): Promise<void> {
  await using client = await RawClient.connect(field.server.ports.lmtp)
  await client.hears(/^220 /m)
  client.write('LHLO localhost\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<bad@localhost>\r\nDATA\r\n')
  await client.hears(/^354 /m)
  for (const chunk of message.chunks()) await client.push(chunk)
  client.write('.\r\n')
  await client.hears(/^250 .*[\s\S]*^250 .*[\s\S]*^354 [\s\S]*^250 /m, 60_000)
}

test('large messages cost little memory', async (t: TestContext) => {
  const field = await Field.open(t)
  await using setup = await field.login()
  await setup.ok('CREATE warm')
  await setup.ok('CREATE large')
  const cheap = (name: string, work: () => Promise<unknown>) =>
    t.test(name, async () => {
      const run = () => field.survives(name, async () => void (await work()))
      // Once more when it was dear: the first on each thread also pays for buffers that the thread keeps.
      let peak = await run()
      for (let tries = 0; peak >= MOST && tries < 2; tries++) peak = await run()
      assert.ok(peak < MOST, `${inMib(peak)} more memory`)
    })

  // The first of a kind pays for code that is compiled and buffers that are kept.
  for (let i = 0; i < 3; i++) {
    await append(field, 'warm', warm)
    await lmtp(field, warm)
  }
  for (const way of ['clear', 'tls', 'compressed'] as const) {
    for (const item of ['BODY.PEEK[]', 'BINARY.PEEK[1]', 'BINARY.PEEK[1]']) await fetchSlowly(field, way, 'warm', item)
  }
  t.diagnostic(`${inMib(large.octets)}`)
  await cheap('APPEND of 100 MB', () => append(field, 'large', large))
  await cheap('LMTP delivery of 100 MB', () => lmtp(field, large))
  await cheap('BODY[] of 100 MB', async () =>
    assert.ok((await fetchSlowly(field, 'clear', 'large', 'BODY.PEEK[]')) > large.octets),
  )
  await cheap('BODY[] of 100 MB over TLS', () => fetchSlowly(field, 'tls', 'large', 'BODY.PEEK[]'))
  await cheap('BINARY[1] of 70 MB of base64', () => fetchSlowly(field, 'clear', 'large', 'BINARY.PEEK[1]'))
  await cheap('BODY[] of 100 MB, compressed', async () =>
    assert.ok((await fetchSlowly(field, 'compressed', 'large', 'BODY.PEEK[]')) > large.octets),
  )
  await cheap('BINARY[1] of 70 MB of base64, compressed', () =>
    fetchSlowly(field, 'compressed', 'large', 'BINARY.PEEK[1]'),
  )
  await cheap('SEARCH BODY in 100 MB', () => setup.ok('SELECT large').then(() => setup.ok('SEARCH BODY zzzzzzzzzz')))
})
