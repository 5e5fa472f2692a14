import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf, octetsOf } from '#base/bytes.ts'
import { type Frame, type FrameEvent, Framer, type LiteralAnnounced } from '../wire/framer.ts'
import { Args } from '../wire/reader.ts'
import { type LiteralSource, StreamedInput } from './streamed-input.ts'

/** A client whose octets are all there at once, cut into pieces of `size`. */
class Client implements LiteralSource {
  readonly framer = new Framer({ commandOctets: 1000, literalOctets: 1000 })
  readonly utf8 = false
  readonly said: string[] = []
  #rest: string
  readonly #size: number

  constructor(text: string, size: number) {
    this.#rest = text
    this.#size = size
  }

  async nextEvent(): Promise<FrameEvent | null> {
    for (;;) {
      const event = this.framer.next()
      if (event) return event
      if (this.#rest === '') return null
      this.framer.push(bytesOf(this.#rest.slice(0, this.#size)))
      this.#rest = this.#rest.slice(this.#size)
    }
  }

  continuation(text: string): void {
    this.said.push(text)
  }
}

async function begin(text: string, size = 7): Promise<{ client: Client; input: StreamedInput }> {
  const client = new Client(text, size)
  const event = (await client.nextEvent())!
  const [frame, literal]: [Frame, LiteralAnnounced | null] =
    event.kind === 'literal'
      ? [event.soFar, event.literal]
      : event.kind === 'frame'
        ? [event.frame, null]
        : assert.fail(event.kind)
  const args = new Args(frame)
  args.space()
  if (args.word() === 'UID') {
    args.space()
    args.word()
  }
  return { client, input: new StreamedInput(client, args, literal) }
}

async function read(input: StreamedInput): Promise<string> {
  let text = ''
  for await (const chunk of input.accept()) text += octetsOf(chunk)
  return text
}

async function nextTag(client: Client): Promise<string | null> {
  const event = await client.nextEvent()
  return event?.kind === 'frame' ? event.frame.tag : null
}

for (const size of [1, 7, 10_000]) {
  test(`streamed input: literals pass, arguments between them are read anew, in chunks of ${size}`, async () => {
    const { client, input } = await begin('a APPEND x {5}\r\nhello (\\Seen) {3+}\r\nfoo\r\nb NOOP\r\n', size)
    input.args.space()
    assert.equal(input.args.astring(), 'x')
    assert.equal(input.announced, true)
    assert.equal(input.octets, 5)
    assert.equal(await read(input), 'hello')
    await input.next()
    assert.equal(input.announced, true)
    assert.equal(input.args.streamed(), true)
    input.args.space()
    assert.deepEqual(input.args.flagList(), { flags: 1, keywords: [] })
    assert.equal(await read(input), 'foo')
    await input.next()
    assert.equal(input.announced, false)
    assert.equal(input.args.streamed(), true)
    input.args.end()
    await input.skipRest()
    assert.deepEqual(client.said, ['Send the message'])
    assert.equal(await nextTag(client), 'b')
  })

  test(`streamed input: a held literal becomes an argument behind the command's name, in chunks of ${size}`, async () => {
    const { client, input } = await begin('a UID REPLACE {1}\r\n7 {3}\r\nbox {2}\r\nhi\r\n', size)
    for (let held = 0; held < 2; held++) {
      input.buffer()
      await input.next()
    }
    input.args.space()
    assert.equal(input.args.astring(), '7')
    input.args.space()
    assert.equal(input.args.mailboxName(), 'box')
    assert.equal(await read(input), 'hi')
    assert.deepEqual(client.said, ['Go on', 'Go on', 'Send the message'])
  })
}

const left: [name: string, text: string, work: (input: StreamedInput) => Promise<unknown>][] = [
  ['a synchronising literal', 'a APPEND x {5}\r\nb NOOP\r\n', async () => {}],
  ['one that is sent all the same', 'a APPEND x {5+}\r\nhello (\\Seen) {3+}\r\nfoo\r\nb NOOP\r\n', async () => {}],
  [
    'in the middle of a literal',
    'a APPEND x {50}\r\n12345678901234567890123456789012345678901234567890\r\nb NOOP\r\n',
    async input => {
      for await (const chunk of input.accept()) if (chunk.length > 0) return
    },
  ],
  ['behind a literal', 'a APPEND x {2+}\r\nhi {3+}\r\nfoo\r\nb NOOP\r\n', read],
  ['before a held literal came', 'a APPEND {2+}\r\nhi {3+}\r\nfoo\r\nb NOOP\r\n', async input => input.buffer()],
]

for (const [name, text, work] of left) {
  test(`streamed input: a command that ends early, ${name}, leaves the next one whole`, async () => {
    const { client, input } = await begin(text)
    await work(input)
    await input.skipRest()
    assert.equal(await nextTag(client), 'b')
  })
}

test('streamed input: a client that leaves in the middle', async () => {
  const { input } = await begin('a APPEND x {50}\r\nhello')
  await assert.rejects(read(input), { name: 'Gone' })
  await input.skipRest()
})

test('streamed input: a held literal that is too big is a fault, and the next command is read', async () => {
  const { client, input } = await begin(`a APPEND {2000+}\r\n${'x'.repeat(2000)} {2+}\r\nhi\r\nb NOOP\r\n`)
  input.buffer()
  await assert.rejects(input.next(), { name: 'SyntaxFault' })
  await input.skipRest()
  assert.deepEqual(client.said, [])
  assert.equal(await nextTag(client), 'b')
})
