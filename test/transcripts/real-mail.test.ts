/** Real and odd mail through the whole server: what FETCH, SEARCH, SORT and THREAD say of it is of the grammar, and the octets are those that came. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { realMail, type Sample, trickyMail } from '#test/corpus.ts'
import { ImapClient, type Reply } from '#test/imap-client.ts'
import { login, password, serveInProcess } from '#test/in-process.ts'
import { ReplyGrammar } from '#test/reply-grammar.ts'

const ITEMS =
  'UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODY BODYSTRUCTURE PREVIEW EMAILID THREADID SAVEDATE MODSEQ BODY.PEEK[HEADER.FIELDS (Subject From)] BODY.PEEK[]'

async function fetchAll(samples: readonly Sample[]): Promise<void> {
  await using server = await serveInProcess()
  for (const { message } of samples) await server.put('INBOX', message)
  const grammar = new ReplyGrammar()
  const faults: string[] = []
  const onReply = (reply: Reply) => {
    try {
      grammar.check(reply)
    } catch (error) {
      faults.push(String(error).slice(0, 400))
    }
  }
  const { port } = server
  await using client = await ImapClient.connect({ port, onReply })
  await client.ok(`LOGIN ${login} "${password}"`)
  await client.ok('SELECT INBOX')
  const { untagged } = await client.ok(`FETCH 1:* (${ITEMS})`)
  const fetched = untagged.filter(({ text }) => / FETCH \(UID /.test(text))
  assert.equal(fetched.length, samples.length)
  for (const [i, { name, message }] of samples.entries()) {
    const whole = fetched[i]!.literals.at(-1)!
    const size = Number(/ RFC822\.SIZE (\d+)/.exec(fetched[i]!.text)![1])
    assert.equal(size, message.length, `${name}: RFC822.SIZE`)
    assert.ok(whole.equals(shown(message)), `${name}: BODY[]`)
  }
  for (const part of ['HEADER', 'TEXT', '1', '1.MIME', '2', '1.1'])
    await client.ok(`UID FETCH 1:* (BODY.PEEK[${part}]<0.500>)`)
  for (let seq = 1; seq <= samples.length; seq++)
    await client.command(`FETCH ${seq} (BINARY.PEEK[1]<0.300> BINARY.SIZE[1])`)
  await client.ok('SEARCH OR SUBJECT the BODY the')
  await client.ok('SORT (DISPLAYFROM SUBJECT DATE) UTF-8 ALL')
  await client.ok('THREAD REFERENCES UTF-8 ALL')
  await client.ok('THREAD ORDEREDSUBJECT UTF-8 ALL')
  assert.deepEqual(faults, [])
}

/** NUL has no place in a literal of the base grammar. */
const shown = (message: Buffer): Buffer => Buffer.from(message.map(octet => (octet === 0 ? 0x80 : octet)))

for (const [name, samples] of [
  ['odd mail', trickyMail()],
  ['real mail', realMail(50)],
] as const) {
  test(`all of ${name} is told within the grammar`, { skip: samples === null }, () => fetchAll(samples!))
}
