import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { fromLine, fromLineDate, isBareFromLine } from './mbox-from.ts'

const lines: [name: string, line: string, date: string | null, zone?: number][] = [
  ['as RFC 4155 has it', 'From ann@example.org Thu Jan  1 00:00:07 1970', '1970-01-01T00:00:07Z'],
  ['a zone behind the year', 'From ann@example.org Tue Feb 13 10:20:30 2024 +0200', '2024-02-13T08:20:30Z', 120],
  ['a zone before the year', 'From ann@example.org Tue Feb 13 10:20:30 -0330 2024', '2024-02-13T13:50:30Z', -210],
  ['a named zone', 'From ann@example.org Tue Feb 13 10:20:30 CET 2024', '2024-02-13T09:20:30Z', 60],
  ['no seconds', 'From ann Tue Feb 13 10:20 2024', '2024-02-13T10:20:00Z'],
  ['no sender', 'From Tue Feb 13 10:20:30 2024', '2024-02-13T10:20:30Z'],
  ['a dash as sender', 'From - Tue Feb 13 10:20:30 2024', '2024-02-13T10:20:30Z'],
  ['a sender with blanks', 'From "Ann B" <ann@example.org> Tue Feb 13 10:20:30 2024', '2024-02-13T10:20:30Z'],
  ['an address of old', 'From host!ann Tue Feb 13 10:20:30 2024 remote from host', '2024-02-13T10:20:30Z'],
  ['the date of a header', 'From ann@example.org Tue, 13 Feb 2024 10:20:30 +0100', '2024-02-13T09:20:30Z', 60],
  ['one digit of a day', 'From a Fri Feb 2 10:20:30 2024', '2024-02-02T10:20:30Z'],
  ['prose', 'From the beginning of the year 2024 on', null],
  ['prose with a weekday', 'From Thu on we are closed', null],
  ['a day that is none', 'From ann Tue Feb 33 10:20:30 2024', null],
  ['lower case', 'from ann Tue Feb 13 10:20:30 2024', null],
  ['a header field', 'From: ann Tue Feb 13 10:20:30 2024', null],
  ['too long', `From ${'x'.repeat(600)} Tue Feb 13 10:20:30 2024`, null],
]
for (const [name, line, date, zone = 0] of lines) {
  test(`fromLineDate: ${name}`, () => {
    assert.deepEqual(fromLineDate(line), date === null ? null : { at: Date.parse(date), zone })
  })
}

test('isBareFromLine: what Thunderbird writes, and no prose', () => {
  assert.deepEqual(['From ', 'From -', 'From - ', 'From', 'From x', 'From: '].map(isBareFromLine), [
    true,
    true,
    true,
    false,
    false,
    false,
  ])
})

test('fromLine: what is written is read back, to the second', () => {
  const second = fc.integer({ min: -2_000_000_000, max: 16_000_000_000 })
  fc.assert(
    fc.property(second, fc.integer({ min: -14 * 60, max: 14 * 60 }), (at, zone) => {
      assert.deepEqual(fromLineDate(fromLine('ann@example.org', at * 1000, zone)), { at: at * 1000, zone })
    }),
  )
})
