import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { LineEnds } from '#mail/line-ends.ts'
import { LineFeeds } from './message-file.ts'

const cases: [name: string, text: string, feeds: string | null][] = [
  ['nothing', '', ''],
  ['lines', 'a\r\nb\r\n', 'a\nb\n'],
  ['no end of the last line', 'a\r\nb', 'a\nb'],
  ['a CR inside a line', 'a\rb\r\n', 'a\rb\n'],
  ['a CR at the end', 'a\r', 'a\r'],
  ['a bare line feed', 'a\nb\r\n', null],
  ['a line feed at the beginning', '\na', null],
  ['CR CR LF', 'a\r\r\n', null],
]
for (const [name, text, feeds] of cases) {
  for (const chunk of [1, 2, 100]) {
    test(`LineFeeds: ${name}, in chunks of ${chunk}`, () => {
      const lines = new LineFeeds()
      const written = pass(lines, text, chunk)
      assert.equal(lines.isReversible, feeds !== null)
      if (feeds !== null) assert.equal(written, feeds)
    })
  }
}

test('LineFeeds: what is called reversible is what LineEnds brings back', () => {
  const text = fc
    .array(fc.constantFrom('\r\n', '\r\n', 'a', 'b', '\r', '\n'), { maxLength: 12 })
    .map(parts => parts.join(''))
  fc.assert(
    fc.property(text, fc.integer({ min: 1, max: 5 }), (given, chunk) => {
      const lines = new LineFeeds()
      const written = pass(lines, given, chunk)
      const back = Buffer.from(new LineEnds().convert(Buffer.from(written))).toString()
      assert.equal(lines.isReversible, back === given)
    }),
    { numRuns: 2000 },
  )
})

function pass(lines: LineFeeds, text: string, chunk: number): string {
  const bytes = Buffer.from(text)
  let written = ''
  for (let at = 0; at < bytes.length; at += chunk) written += lines.push(bytes.subarray(at, at + chunk)).toString()
  return written + lines.end().toString()
}
