import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { bytesOf, octetsOf } from '#base/bytes.ts'
import { LineEnds } from './line-ends.ts'

function convert(text: string, size: number): string {
  const lineEnds = new LineEnds()
  let converted = ''
  for (let at = 0; at < text.length; at += size)
    converted += octetsOf(lineEnds.convert(bytesOf(text.slice(at, at + size))))
  return converted
}

const cases: [name: string, text: string, converted: string][] = [
  ['nothing', '', ''],
  ['as mail has it', 'a\r\nb\r\n', 'a\r\nb\r\n'],
  ['bare line feeds', '\na\n\nb\n', '\r\na\r\n\r\nb\r\n'],
  ['mixed', 'a\r\nb\nc', 'a\r\nb\r\nc'],
  ['a bare CR stays', 'a\rb\r\r\n', 'a\rb\r\r\n'],
]

for (const [name, text, converted] of cases) {
  for (const size of [1, 2, 100])
    test(`LineEnds: ${name}, in chunks of ${size}`, () => assert.equal(convert(text, size), converted))
}

test('LineEnds: however it is cut, and once is enough', () => {
  const text = fc.string({ unit: fc.constantFrom('\r', '\n', 'a') })
  fc.assert(
    fc.property(text, fc.integer({ min: 1, max: 5 }), (input, size) => {
      const once = convert(input, size)
      assert.equal(once, input.replace(/(?<!\r)\n/g, '\r\n'))
      assert.equal(convert(once, size), once)
    }),
  )
})

test('LineEnds: a chunk without bare line feeds is not copied', () => {
  const chunk = bytesOf('a\r\n')
  assert.equal(new LineEnds().convert(chunk), chunk)
})
