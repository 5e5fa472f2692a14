import assert from 'node:assert/strict'
import { test } from 'node:test'
import { largeMail, largeText, mail, marks, numbers } from './mail.ts'

const all = numbers(1_000).map(n => mail(n, 1_500).toString('latin1'))
const holding = (word: string) => all.flatMap((text, i) => (text.includes(word) ? [i + 1] : []))

test('mail: the words that searches look for are where they must be, and nowhere else', () => {
  assert.deepEqual(holding(marks.subject.word), numbers(1_000, marks.subject.in))
  assert.deepEqual(holding(marks.body.word), numbers(1_000, marks.body.in))
  assert.deepEqual(holding(marks.text.word), numbers(1_000, marks.text.in))
})

test('mail: lines end in CRLF, none is bare or begins with a dot, and no two messages are equal', () => {
  for (const text of all) {
    assert.doesNotMatch(text, /\r(?!\n)|(?<!\r)\n/)
    assert.doesNotMatch(text, /^\./m)
    assert.match(text, /\r\n$/)
  }
  assert.equal(new Set(all).size, all.length)
})

test('mail: about as large as asked for', () => {
  for (const octets of [1_000, 1_500, 4_096, 7_500]) {
    const sizes = numbers(100).map(n => mail(n, octets).length)
    assert.ok(
      Math.min(...sizes) > octets * 0.7 && Math.max(...sizes) < octets * 1.2,
      `${octets}: ${Math.min(...sizes)} to ${Math.max(...sizes)}`,
    )
  }
})

test('largeMail: a megabyte with a short text', () => {
  const message = largeMail(7).toString('latin1')
  assert.ok(message.length > 1_000_000)
  assert.ok(message.includes(`\r\n\r\n${largeText(7)}\r\n--large7`))
})
