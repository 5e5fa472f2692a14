import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { bytesOf, octetsOf } from '#base/bytes.ts'
import { DotDecoder } from './dot-decoder.ts'

/** Text and rest of an input cut into these sizes; rest is null when the end did not come. */
function decode(input: string, size: number): { text: string; rest: string | null } {
  const decoder = new DotDecoder()
  let text = ''
  for (let at = 0; at < input.length; at += size) {
    const { pieces, rest } = decoder.decode(bytesOf(input.slice(at, at + size)))
    text += pieces.map(octetsOf).join('')
    if (rest) return { text, rest: octetsOf(rest) + input.slice(at + size) }
  }
  return { text, rest: null }
}

const cases: [name: string, input: string, text: string, rest: string | null][] = [
  ['plain', 'a\r\n.\r\n', 'a\r\n', ''],
  ['nothing', '.\r\n', '', ''],
  ['what follows is left', 'a\r\n.\r\nQUIT\r\n', 'a\r\n', 'QUIT\r\n'],
  ['stuffed lines', '..\r\n...\r\n.a\r\n.\r\n', '.\r\n..\r\na\r\n', ''],
  ['dots inside lines', 'a.b..\r\n.\r\n', 'a.b..\r\n', ''],
  ['a bare LF ends no line', 'a\n.\nb\n..\r\n.\r\n', 'a\n.\nb\n..\r\n', ''],
  ['LF dot CRLF is no end', 'a\n.\r\nb\r\n.\r\n', 'a\n.\r\nb\r\n', ''],
  ['CRLF dot LF is no end', 'a\r\n.\nb\r\n.\r\n', 'a\r\n\nb\r\n', ''],
  ['a dot and CR before other text', '.\rx\r\n.\r\n', '\rx\r\n', ''],
  ['a dot, CR, and an end', '.\r\r\n.\r\n', '\r\r\n', ''],
  ['no end yet', 'a\r\n.\r', 'a\r\n', null],
]

for (const [name, input, text, rest] of cases) {
  for (const size of [1, 2, 3, 1000])
    test(`DotDecoder: ${name}, in chunks of ${size}`, () => assert.deepEqual(decode(input, size), { text, rest }))
}

test('DotDecoder: what is stuffed is read back, however it is cut', () => {
  const lines = fc.array(fc.string({ unit: fc.constantFrom('.', 'a', '\r', '\n', ' '), maxLength: 6 }))
  fc.assert(
    fc.property(lines, fc.integer({ min: 1, max: 9 }), (list, size) => {
      const text = list.map(line => `${line}\r\n`).join('')
      const stuffed = text.replace(/^\./, '..').replaceAll('\r\n.', '\r\n..')
      assert.deepEqual(decode(`${stuffed}.\r\nNOOP`, size), { text, rest: 'NOOP' })
    }),
  )
})
