import assert from 'node:assert/strict'
import { test } from 'node:test'
import { endsWithLine } from './wire.ts'

const cases: [name: string, chunks: string[], complete: boolean][] = [
  ['the tagged line alone', ['Qz7 OK done\r\n'], true],
  ['after untagged lines', ['* 1 EXISTS\r\n', 'Qz7 OK done\r\n'], true],
  ['after untagged lines in the same chunk', ['* 1 EXISTS\r\nQz7 OK done\r\n'], true],
  ['cut in the tag', ['* 1 EXISTS\r\nQ', 'z7 OK done\r\n'], true],
  ['cut before its line feed', ['* 1 EXISTS\r\nQz7 OK done\r', '\n'], true],
  ['cut into octets', [...'* 1 EXISTS\r\nQz7 OK done\r\n'], true],
  ['not ended', ['* 1 EXISTS\r\nQz7 OK do'], false],
  ['another line last', ['Qz7 OK done\r\n* 1 EXISTS\r\n'], false],
  ['the tag inside a line', ['* OK Qz7 OK done\r\n'], false],
  ['the tag inside a line that is cut', ['* OK ', 'Qz7 OK done\r\n'], false],
  ['an empty line', ['\r\n'], false],
]

for (const [name, chunks, complete] of cases) {
  test(`endsWithLine: ${name}`, () => {
    const mark = Buffer.from('Qz7 ')
    assert.equal(
      endsWithLine(
        chunks.map(chunk => Buffer.from(chunk)),
        mark,
      ),
      complete,
    )
  })
}
