/** What nobody must find in the log, at its most talkative level: secrets in every form they are sent, and what mail says. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { deliver } from '#test/lmtp.ts'
import { serverFor } from '#test/server.ts'
import { RawClient } from './raw-client.ts'

const secret = 'Xq7-tell-nobody'
const wrong = 'Zk3-mistyped'
const subject = 'Wv5-the-takeover'
const body = 'Yt9-we-sell-on-monday'
const keyword = '$Ub2-private'
const folder = 'Tn4-divorce'
const needle = 'Rj8-is-looked-for'

const base64 = (text: string): string => Buffer.from(text).toString('base64')
const plain = (password: string): string => base64(`\0alice\0${password}`)

/** All forms in which one of them could show: as it is, in base64 at each of the three offsets, in hex, as a URL. */
function formsOf(text: string): readonly string[] {
  const inBase64 = [0, 1, 2].map(offset => base64(`${'.'.repeat(offset)}${text}`).slice(4, -4))
  return [text, ...inBase64, Buffer.from(text).toString('hex'), text.replaceAll('-', '%2D')]
}

const attempts: readonly (readonly string[])[] = [
  [`a LOGIN alice ${wrong}`],
  [`a LOGIN "alice" "${wrong}"`],
  [`a LOGIN {5+}\r\nalice {${wrong.length}+}\r\n${wrong}`],
  [`a LOGIN ${secret} ${wrong}`],
  [`a AUTHENTICATE PLAIN ${plain(wrong)}`],
  ['a AUTHENTICATE PLAIN', plain(wrong)],
  ['a AUTHENTICATE LOGIN', base64('alice'), base64(wrong)],
  [`a AUTHENTICATE LOGIN ${base64('alice')}`, base64(wrong)],
  ['a AUTHENTICATE PLAIN', `not base64 ${wrong}`],
  [`a AUTHENTICATE ${secret} ${wrong}`],
  [`a LOGIN alice ${secret} too much`],
  [`a LOGIN alice "${secret}`],
  [`a LOGIN alice {3+}${secret}`],
  [`${secret} ${secret} ${secret}`],
  [`a ID ("name" "test" "password" "${secret}" "x" "${wrong}")`],
]

test('secrets and mail do not come into the log', async t => {
  const server = await serverFor(t, {
    users: { alice: secret },
    args: ['--threads', '2'],
    env: { ROOKERY_LOG_LEVEL: 'debug' },
  })
  const { imap, lmtp, http, imaps } = server.ports
  // Each from an address of its own, so that none has to wait for the others' failures.
  for (const [i, lines] of attempts.entries()) {
    await using client = await RawClient.connect(imap, `127.0.8.${i + 1}`)
    for (const line of lines) client.write(`${line}\r\n`)
    client.write('*\r\nz LOGOUT\r\n')
    await client.hears(/^z /m)
  }
  await using client = await RawClient.connect(imap, '127.0.8.200')
  const message = Buffer.from(`Subject: ${subject}\r\nFrom: ${needle}@example.org\r\n\r\n${body}\r\n`)
  client.write(`l AUTHENTICATE PLAIN ${plain(secret)}\r\n`)
  await client.hears(/^l OK/m)
  for (const command of [
    `CREATE ${folder}`,
    `CREATE ${folder}`,
    `APPEND ${folder} (${keyword}) {${message.length}+}\r\n${message.toString('latin1')}`,
    `SELECT ${folder}`,
    `STORE 1 +FLAGS (${keyword})`,
    `SEARCH TEXT ${needle}`,
    `SEARCH BODY "${body}"`,
    'FETCH 1 (ENVELOPE BODY.PEEK[])',
    `FETCH 1 (BODY[${needle}])`,
    `SELECT ${needle}`,
    `RENAME ${needle} ${folder}`,
    'UNAUTHENTICATE',
    `LOGIN alice "${secret}"`,
    `NONSENSE ${needle} ${body}`,
  ]) {
    client.write(`c ${command}\r\n`)
  }
  await client.say('d NOOP')
  assert.match(
    (await deliver({ port: lmtp, to: ['alice@localhost'], message, from: `${needle}@example.org` }))[0]!,
    /^250/,
  )
  await deliver({ port: lmtp, to: [`${needle}@localhost`], message })
  for (const port of [http, imaps]) {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => {})
    socket.end(
      `GET /${secret}?${wrong} HTTP/1.1\r\nHost: ${needle}\r\nAuthorization: Basic ${base64(`alice:${secret}`)}\r\n\r\n`,
    )
    socket.resume()
    await once(socket, 'close')
  }
  await server.stop()

  const log = server.log()
  assert.match(log, /"level":"debug"/)
  assert.match(log, /auth\.failed/)
  assert.match(log, /auth\.ok/)
  assert.match(log, /client\.id/)
  for (const text of [secret, wrong, subject, body, keyword, folder, needle]) {
    for (const form of formsOf(text)) {
      const at = log.indexOf(form)
      assert.equal(at, -1, `${form} is in the log: ${log.slice(Math.max(0, at - 300), at + 100)}`)
    }
  }
})
