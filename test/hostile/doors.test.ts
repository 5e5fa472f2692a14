/** The other ways in: LMTP and HTTP under too many connections, too much header and too little haste. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { limits } from '#base/limits.ts'
import { deliver } from '#test/lmtp.ts'
import { Field } from './field.ts'
import { RawClient } from './raw-client.ts'

test('doors', async t => {
  const field = await Field.open(t)
  const { lmtp, http } = field.server.ports
  const message = Buffer.from('Subject: in spite of it\r\n\r\nhello\r\n')

  const askHealth = async (header: string): Promise<string> => {
    await using client = await RawClient.connect(http)
    client.write(`GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${header}\r\n`)
    return (await client.hears(/^HTTP\/1\.1 \d+/)).slice(9)
  }

  await t.test('more LMTP connections than there may be', async () => {
    await field.survives('LMTP connections', async () => {
      const clients: RawClient[] = []
      for (let i = 0; i < 3 * limits.lmtpConnections; i += 50)
        clients.push(...(await Promise.all(Array.from({ length: 50 }, () => RawClient.connect(lmtp)))))
      for (const client of clients) await client.hears(/^(220|421) /m)
      const refused = clients.filter(client => client.heard.startsWith('421 '))
      // Those of one thread, or of both: the kernel spreads them as it likes.
      const served = clients.length - refused.length
      assert.ok(served >= limits.lmtpConnections && served <= 2 * limits.lmtpConnections, `${served} were served`)
      for (const client of refused) assert.match(client.heard, new RegExp(`\\b${limits.lmtpConnections}\\b`))
      for (const client of clients) await client[Symbol.asyncDispose]()
    })
    assert.match((await deliver({ port: lmtp, to: ['bad@localhost'], message }))[0]!, /^250/)
  })

  await t.test('LMTP commands and recipients', async () => {
    await field.survives('LMTP commands', async () => {
      await using client = await RawClient.connect(lmtp)
      await client.hears(/^220 /m)
      client.write('LHLO x\r\nMAIL FROM:<>\r\n')
      for (let i = 0; i <= limits.lmtpRecipients; i++) client.write('RCPT TO:<bad@localhost>\r\n')
      await client.hears(/^452 /m)
      await using endless = await RawClient.connect(lmtp)
      for (let i = 0; i < 200 && !endless.closed; i++) await endless.push('x'.repeat(64 * 1024))
      await endless.ends()
    })
  })

  await t.test('HTTP headers', async () => {
    await field.survives('HTTP headers', async () => {
      const of = (octets: number) => askHealth(`X: ${'x'.repeat(octets)}\r\n`)
      assert.equal(await of(limits.httpHeaderOctets - 200), '200')
      assert.equal(await of(limits.httpHeaderOctets + 200), '431')
    })
  })

  await t.test('more HTTP connections than there may be, and slow ones', async () => {
    await field.survives('HTTP connections', async () => {
      const clients = await Promise.all(
        Array.from({ length: 2 * limits.httpConnections }, () => RawClient.connect(http)),
      )
      for (const client of clients) client.write('GET / HT')
      for (const client of clients) await client.ends(3 * limits.httpRequestMs)
      assert.ok(clients.filter(client => client.heard.startsWith('HTTP/1.1 408 ')).length <= limits.httpConnections)
      assert.ok(clients.some(client => client.heard.startsWith('HTTP/1.1 408 ')))
      assert.equal(await askHealth(''), '200')
    })
  })
})
