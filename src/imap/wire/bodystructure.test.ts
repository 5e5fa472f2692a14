import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { bytesOf, type Octets } from '#base/bytes.ts'
import type { Address, Envelope, Leaf, Multipart, Part } from '#mime/facts.ts'
import { formatBody, formatBodyStructure } from './bodystructure.ts'
import { formatEnvelope } from './envelope.ts'
import { Framer } from './framer.ts'
import { Args } from './reader.ts'

// What a client's parser does, by the grammar alone: it knows nothing of the facts. RFC 9051 §9

/** Lets a parser read all of the octets, as one response; literals must be of the form servers send. */
function reparse<T>(octets: Octets, parser: (args: Args) => T): T {
  const framer = new Framer({ commandOctets: 10_000_000, literalOctets: 10_000_000 })
  framer.push(bytesOf(`x ${octets}\r\n`))
  for (let event = framer.next(); event !== null; event = framer.next()) {
    if (event.kind === 'literal') {
      assert.ok(event.literal.sync && !event.literal.binary)
      framer.decide('buffer')
    } else if (event.kind === 'frame') {
      for (const piece of event.frame.pieces) if (typeof piece === 'string') assert.match(piece, /^[\x20-\x7e]*$/)
      const args = new Args(event.frame)
      exactlySpace(args)
      const value = parser(args)
      assert.ok(args.atEnd())
      return value
    }
  }
  throw new Error('not one response')
}

/** The reader tolerates several spaces, a server must not send them. */
function exactlySpace(args: Args): void {
  args.expect(' ')
  assert.notEqual(args.peek(), ' ')
}

function spaced<T>(args: Args, item: () => T): T[] {
  args.expect('(')
  const items = [item()]
  while (!args.take(')')) {
    exactlySpace(args)
    items.push(item())
  }
  return items
}

const nil = (args: Args): boolean => args.takeWord('NIL')

function readAddress(args: Args): Address {
  const [name, route, mailbox, host] = spaced(args, () => args.nstring())
  assert.ok(name !== undefined && route !== undefined && mailbox !== undefined && host !== undefined)
  return { name, route, mailbox, host }
}

function readAddresses(args: Args): Address[] {
  if (nil(args)) return []
  const list: Address[] = []
  args.expect('(')
  do list.push(readAddress(args))
  while (!args.take(')'))
  return list
}

function readEnvelope(args: Args): Envelope {
  const next = <T>(read: () => T): T => {
    exactlySpace(args)
    return read()
  }
  args.expect('(')
  const envelope = {
    date: args.nstring(),
    subject: next(() => args.nstring()),
    from: next(() => readAddresses(args)),
    sender: next(() => readAddresses(args)),
    replyTo: next(() => readAddresses(args)),
    to: next(() => readAddresses(args)),
    cc: next(() => readAddresses(args)),
    bcc: next(() => readAddresses(args)),
    inReplyTo: next(() => args.nstring()),
    messageId: next(() => args.nstring()),
  }
  args.expect(')')
  return envelope
}

function readParams(args: Args): string[] {
  if (nil(args)) return []
  const words = spaced(args, () => args.string())
  assert.equal(words.length % 2, 0)
  return words
}

/** body-fld-dsp SP body-fld-lang SP body-fld-loc */
function readPlacement(args: Args): void {
  exactlySpace(args)
  if (!nil(args)) {
    args.expect('(')
    args.string()
    exactlySpace(args)
    readParams(args)
    args.expect(')')
  }
  exactlySpace(args)
  if (!nil(args)) spaced(args, () => args.string())
  exactlySpace(args)
  args.nstring()
}

type Seen = { type: string; octets: number; parts: Seen[]; envelope?: Envelope }

function readBody(args: Args, extended: boolean): Seen {
  args.expect('(')
  const seen = args.peek() === '(' ? readMultipart(args, extended) : readSingle(args, extended)
  args.expect(')')
  return seen
}

function readMultipart(args: Args, extended: boolean): Seen {
  const parts: Seen[] = []
  while (args.peek() === '(') parts.push(readBody(args, extended))
  exactlySpace(args)
  const type = `multipart/${args.string()}`
  if (extended) {
    exactlySpace(args)
    readParams(args)
    readPlacement(args)
  }
  return { type, octets: 0, parts }
}

function readSingle(args: Args, extended: boolean): Seen {
  const type = args.string().toLowerCase()
  exactlySpace(args)
  const subtype = args.string().toLowerCase()
  exactlySpace(args)
  readParams(args)
  for (let i = 0; i < 2; i++) {
    exactlySpace(args)
    args.nstring()
  }
  exactlySpace(args)
  args.string()
  exactlySpace(args)
  const seen: Seen = { type: `${type}/${subtype}`, octets: args.number(), parts: [] }
  if (type === 'message' && (subtype === 'rfc822' || subtype === 'global')) {
    exactlySpace(args)
    seen.envelope = readEnvelope(args)
    exactlySpace(args)
    seen.parts.push(readBody(args, extended))
  }
  if (seen.parts.length > 0 || type === 'text') {
    exactlySpace(args)
    args.number64()
  }
  assert.notEqual(type, 'multipart')
  if (extended) {
    exactlySpace(args)
    args.nstring()
    readPlacement(args)
  }
  return seen
}

const empty: Envelope = {
  date: null,
  subject: null,
  from: [],
  sender: [],
  replyTo: [],
  to: [],
  cc: [],
  bcc: [],
  inReplyTo: null,
  messageId: null,
}
const leaf: Leaf = {
  kind: 'leaf',
  type: 'TEXT',
  subtype: 'PLAIN',
  params: [['CHARSET', 'utf-8']],
  header: [0, 10],
  body: [10, 52],
  disposition: null,
  language: [],
  location: null,
  id: null,
  description: null,
  encoding: '7BIT',
  md5: null,
  lines: 3,
}
const image: Leaf = {
  ...leaf,
  type: 'IMAGE',
  subtype: 'PNG',
  params: [],
  encoding: 'BASE64',
  disposition: { type: 'ATTACHMENT', params: [['FILENAME', 'a "b".png']] },
  language: ['de', 'en'],
  id: '<1@x>',
}
const { id: _id, description: _description, encoding: _encoding, md5: _md5, lines: _lines, ...placed } = leaf
const mixed: Multipart = {
  ...placed,
  kind: 'multipart',
  type: 'MULTIPART',
  subtype: 'MIXED',
  params: [['BOUNDARY', 'b']],
  parts: [leaf, image],
}

const leafText = '("TEXT" "PLAIN" ("CHARSET" "utf-8") NIL NIL "7BIT" 42 3'
const imageText = '("IMAGE" "PNG" NIL "<1@x>" NIL "BASE64" 42'
const noEnvelope = '(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)'

const cases: [name: string, part: Part, structure: Octets, body: Octets][] = [
  ['a text', leaf, `${leafText} NIL NIL NIL NIL)`, `${leafText})`],
  ['an image', image, `${imageText} NIL ("ATTACHMENT" ("FILENAME" "a \\"b\\".png")) ("de" "en") NIL)`, `${imageText})`],
  [
    'a multipart',
    mixed,
    `(${formatBodyStructure(leaf)}${formatBodyStructure(image)} "MIXED" ("BOUNDARY" "b") NIL NIL NIL)`,
    `(${leafText})${imageText}) "MIXED")`,
  ],
  [
    'a multipart without parts shows an empty text',
    { ...mixed, parts: [] },
    '(("TEXT" "PLAIN" ("CHARSET" "us-ascii") NIL NIL "7BIT" 0 0 NIL NIL NIL NIL) "MIXED" ("BOUNDARY" "b") NIL NIL NIL)',
    '(("TEXT" "PLAIN" ("CHARSET" "us-ascii") NIL NIL "7BIT" 0 0) "MIXED")',
  ],
  [
    'a message',
    { ...leaf, kind: 'message', type: 'MESSAGE', subtype: 'RFC822', params: [], envelope: empty, message: leaf },
    `("MESSAGE" "RFC822" NIL NIL NIL "7BIT" 42 ${noEnvelope} ${formatBodyStructure(leaf)} 3 NIL NIL NIL NIL)`,
    `("MESSAGE" "RFC822" NIL NIL NIL "7BIT" 42 ${noEnvelope} ${leafText}) 3)`,
  ],
  [
    'a message that was not looked into',
    { ...leaf, type: 'MESSAGE', subtype: 'RFC822', params: [] },
    '("APPLICATION" "OCTET-STREAM" NIL NIL NIL "7BIT" 42 NIL NIL NIL NIL)',
    '("APPLICATION" "OCTET-STREAM" NIL NIL NIL "7BIT" 42)',
  ],
  [
    'a parameter in 8-bit',
    { ...leaf, params: [['NAME', 'gr\xfc\xdfe']] },
    '("TEXT" "PLAIN" ("NAME" {5}\r\ngr\xfc\xdfe) NIL NIL "7BIT" 42 3 NIL NIL NIL NIL)',
    '("TEXT" "PLAIN" ("NAME" {5}\r\ngr\xfc\xdfe) NIL NIL "7BIT" 42 3)',
  ],
]
for (const [name, part, structure, body] of cases) {
  test(`body structure: ${name}`, () => {
    assert.equal(formatBodyStructure(part), structure)
    assert.equal(formatBody(part), body)
  })
}

test('envelope: as in the grammar', () => {
  const bob: Address = { name: 'Bob "B"', route: null, mailbox: 'bob', host: 'x.org' }
  const group: Address[] = [
    { name: null, route: null, mailbox: 'friends', host: null },
    bob,
    { name: null, route: null, mailbox: null, host: null },
  ]
  const envelope = { ...empty, date: 'Mon', subject: 'a\\b', from: [bob], to: group, messageId: '<1@x>' }
  const shown = '("Bob \\"B\\"" NIL "bob" "x.org")'
  assert.equal(
    formatEnvelope(envelope),
    `("Mon" "a\\\\b" (${shown}) NIL NIL ((NIL NIL "friends" NIL)${shown}(NIL NIL NIL NIL)) NIL NIL NIL "<1@x>")`,
  )
})

const octets = fc.oneof(
  fc.constantFrom('', 'NIL', 'TEXT', 'MESSAGE', 'RFC822', 'MULTIPART', '{3}', '"', '\\', '(', 'a b', '\r\n', '\0'),
  fc.string({ unit: fc.nat(255).map(c => String.fromCharCode(c)), maxLength: 12 }),
)
const maybe = fc.option(octets)
const param = fc.tuple(octets, octets)
const range = fc.tuple(fc.nat(1000), fc.nat(1000)).map(([start, length]) => [start, start + length] as const)
const addresses = fc.array(fc.record({ name: maybe, route: maybe, mailbox: maybe, host: maybe }), { maxLength: 3 })
const envelope: fc.Arbitrary<Envelope> = fc.record({
  date: maybe,
  subject: maybe,
  from: addresses,
  sender: addresses,
  replyTo: addresses,
  to: addresses,
  cc: addresses,
  bcc: addresses,
  inReplyTo: maybe,
  messageId: maybe,
})
const base = {
  type: octets,
  subtype: octets,
  params: fc.array(param, { maxLength: 3 }),
  header: range,
  body: range,
  disposition: fc.option(fc.record({ type: octets, params: fc.array(param, { maxLength: 2 }) })),
  language: fc.array(octets, { maxLength: 2 }),
  location: maybe,
}
const single = { ...base, id: maybe, description: maybe, encoding: octets, md5: maybe, lines: fc.nat() }
const { part } = fc.letrec<{ part: Part; leaf: Part; multipart: Part; message: Part }>(tie => ({
  part: fc.oneof({ depthSize: 'small', withCrossShrink: true }, tie('leaf'), tie('multipart'), tie('message')),
  leaf: fc.record({ ...single, kind: fc.constant('leaf' as const) }),
  multipart: fc.record({
    ...base,
    kind: fc.constant('multipart' as const),
    parts: fc.array(tie('part'), { maxLength: 3 }),
  }),
  message: fc.record({ ...single, kind: fc.constant('message' as const), envelope, message: tie('part') }),
}))

/** What a reader gets of a text: no NUL. */
const sent = (text: Octets | null): Octets | null => text?.replaceAll('\0', '?') ?? null

function shape(of: Part): Pick<Seen, 'octets'> & { parts: unknown[] } {
  const octetsOfBody = of.body[1] - of.body[0]
  if (of.kind === 'leaf') return { octets: octetsOfBody, parts: [] }
  if (of.kind === 'message') return { octets: octetsOfBody, parts: [shape(of.message)] }
  return { octets: 0, parts: of.parts.length === 0 ? [{ octets: 0, parts: [] }] : of.parts.map(shape) }
}
const shapeSeen = ({ octets: seen, parts }: Seen): unknown => ({ octets: seen, parts: parts.map(shapeSeen) })

test('envelope: what is written is read back', () => {
  const back = (list: readonly Address[]) =>
    list.map(({ name, route, mailbox, host }) => ({
      name: sent(name),
      route: sent(route),
      mailbox: sent(mailbox),
      host: mailbox === null ? null : sent(host),
    }))
  fc.assert(
    fc.property(envelope, value => {
      const { date, subject, from, sender, replyTo, to, cc, bcc, inReplyTo, messageId } = value
      assert.deepEqual(reparse(formatEnvelope(value), readEnvelope), {
        date: sent(date),
        subject: sent(subject),
        from: back(from),
        sender: back(sender),
        replyTo: back(replyTo),
        to: back(to),
        cc: back(cc),
        bcc: back(bcc),
        inReplyTo: sent(inReplyTo),
        messageId: sent(messageId),
      })
    }),
  )
})

test('body structure: any facts give what the grammar allows', () => {
  fc.assert(
    fc.property(part, value => {
      const structure = reparse(formatBodyStructure(value), args => readBody(args, true))
      const body = reparse(formatBody(value), args => readBody(args, false))
      assert.deepEqual(shapeSeen(structure), shape(value))
      assert.deepEqual(body, structure)
    }),
  )
})
