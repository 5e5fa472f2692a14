import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Envelope, Param, Part } from '#mime/facts.ts'
import { parseStructure, structureText } from './structure-text.ts'

const word = fc.string({ unit: 'binary', maxLength: 8 })
const maybe = fc.option(word)
const count = fc.nat(1_000_000)
const range = fc.tuple(count, count)
const params = fc.array(fc.tuple(word, word), { maxLength: 3 }) as fc.Arbitrary<Param[]>
const base = {
  type: word,
  subtype: word,
  params,
  header: range,
  body: range,
  disposition: fc.option(fc.record({ type: word, params })),
  language: fc.array(word, { maxLength: 2 }),
  location: maybe,
}
const single = { ...base, id: maybe, description: maybe, encoding: word, md5: maybe, lines: count }
const address = fc.record({ name: maybe, route: maybe, mailbox: maybe, host: maybe })
const addresses = fc.array(address, { maxLength: 2 })
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
/** Plain objects, as JSON makes them. */
const plain = <T>(value: T): T => structuredClone(value)

const { part } = fc.letrec<{ part: Part }>(tie => ({
  part: fc.oneof(
    { depthSize: 'small' },
    fc.record({ kind: fc.constant('leaf' as const), ...single }),
    fc.record({ kind: fc.constant('multipart' as const), ...base, parts: fc.array(tie('part'), { maxLength: 3 }) }),
    fc.record({ kind: fc.constant('message' as const), ...single, envelope, message: tie('part') }),
  ),
}))

test('a structure comes back from its text as it was', () => {
  fc.assert(
    fc.property(part.map(plain), range, (structure, header) => {
      assert.deepEqual(parseStructure(structureText({ structure, header })), { structure, header })
    }),
  )
})

test('the text of earlier versions is still read', () => {
  const [structure] = fc.sample(part.map(plain), { numRuns: 1, seed: 7 })
  const old = JSON.stringify({ structure, envelope: { subject: 'x' }, header: [0, 7] })
  assert.deepEqual(parseStructure(old), { structure, header: [0, 7] })
})

test('what is empty takes no room', () => {
  const structure: Part = {
    kind: 'leaf',
    type: 'TEXT',
    subtype: 'PLAIN',
    params: [['CHARSET', 'utf-8']],
    header: [0, 20],
    body: [20, 99],
    disposition: null,
    language: [],
    location: null,
    id: null,
    description: null,
    encoding: '7BIT',
    md5: null,
    lines: 3,
  }
  const text = '[[0,"TEXT","PLAIN",0,20,20,99,["CHARSET","utf-8"],"7BIT",3],0,20]'
  assert.equal(structureText({ structure, header: [0, 20] }), text)
})
