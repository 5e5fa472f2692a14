import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { saslprep } from './saslprep.ts'

const cases: [name: string, text: string, prepared: string | null][] = [
  // RFC 4013 §3
  ['a soft hyphen is mapped to nothing', 'I\u00adX', 'IX'],
  ['no transformation', 'user', 'user'],
  ['case is kept', 'USER', 'USER'],
  ['output is NFKC, input in ISO 8859-1', '\u00aa', 'a'],
  ['output is NFKC', '\u2168', 'IX'],
  ['a prohibited character', '\u0007', null],
  ['a wrong bidirectional text', '\u0627\u0031', null],
  ['a right bidirectional text', '\u0627\u0031\u0628', '\u0627\u0031\u0628'],
  ['both directions', '\u0627a\u0628', null],
  ['other spaces are spaces', 'a\u00a0b\u3000c', 'a b c'],
  ['decomposed and composed are one', 'e\u0301', 'é'],
  ['nothing', '', ''],
  ['a lone surrogate', '\ud800', null],
  ['private use', '\ue000', null],
  ['a byte order mark vanishes', 'a\ufeffb', 'ab'],
  ['the replacement character, what broken UTF-8 decodes to', 'a\ufffd', null],
  ['a line separator', 'a\u2028b', null],
  ['emoji are fine', '🦉🔑', '🦉🔑'],
  ['DEL', '\x7f', null],
  ['a character past the BMP that is none', '\u{1ffff}', null],
]
for (const [name, text, prepared] of cases)
  test(`saslprep: ${name}`, () => {
    assert.equal(saslprep(text), prepared)
  })

test('saslprep: what is prepared stays as it is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), text => {
      const once = saslprep(text)
      if (once !== null) assert.equal(saslprep(once), once)
    }),
    { numRuns: 500 },
  )
})
