import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { formatDateTime, parseDate, parseDateTime } from './dates.ts'

const at = Date.UTC(2025, 1, 3, 9, 0, 0)
const times: [name: string, text: string, value: { at: number; zone: number } | null][] = [
  ['a fixed day with a space', ' 3-Feb-2025 10:00:00 +0100', { at, zone: 60 }],
  ['two digits', '03-Feb-2025 10:00:00 +0100', { at, zone: 60 }],
  ['one digit, as iOS sends it', '3-Feb-2025 10:00:00 +0100', { at, zone: 60 }],
  ['months in any case', '3-fEB-2025 04:30:00 -0430', { at, zone: -270 }],
  ['a zone of minus nothing', '3-Feb-2025 09:00:00 -0000', { at, zone: 0 }],
  ['a leap second', '31-Dec-2016 23:59:60 +0000', { at: Date.UTC(2016, 11, 31, 23, 59, 59), zone: 0 }],
  ['a leap day', '29-Feb-2024 00:00:00 +0000', { at: Date.UTC(2024, 1, 29), zone: 0 }],
  ['a leap day that was not', '29-Feb-2025 00:00:00 +0000', null],
  ['day 0', '0-Feb-2025 00:00:00 +0000', null],
  ['hour 24', '3-Feb-2025 24:00:00 +0000', null],
  ['minute 60', '3-Feb-2025 10:60:00 +0000', null],
  ['a zone of 60 minutes', '3-Feb-2025 10:00:00 +0060', null],
  ['no zone', '3-Feb-2025 10:00:00', null],
  ['a zone by name', '3-Feb-2025 10:00:00 GMT', null],
  ['an unknown month', '3-Foo-2025 10:00:00 +0000', null],
  ['two spaces', '  3-Feb-2025 10:00:00 +0000', null],
  ['nothing', '', null],
]
for (const [name, text, value] of times)
  test(`parseDateTime: ${name}`, () => assert.deepEqual(parseDateTime(text), value))

const dates: [text: string, day: number | null][] = [
  ['1-Jan-1970', 0],
  ['01-jan-1970', 0],
  ['31-Dec-1969', -1],
  ['3-Feb-2025', 20_122],
  ['1-Jan-0050', -701_265],
  ['31-Apr-2025', null],
  ['3-Feb-25', null],
  ['3 Feb 2025', null],
  ['', null],
]
for (const [text, day] of dates) test(`parseDate: '${text}'`, () => assert.equal(parseDate(text), day))

const written: [name: string, at: number, zone: number, text: string][] = [
  ['a day of one digit', at, 60, '03-Feb-2025 10:00:00 +0100'],
  ['west', at, -270, '03-Feb-2025 04:30:00 -0430'],
  ['before 1970', -1000, 0, '31-Dec-1969 23:59:59 +0000'],
  ['too early', -1e17, 0, '02-Jan-0000 00:00:00 +0000'],
  ['too late', 1e17, 0, '30-Dec-9999 00:00:00 +0000'],
  ['not a number', Number.NaN, 0, '01-Jan-1970 00:00:00 +0000'],
]
for (const [name, time, zone, text] of written) {
  test(`formatDateTime: ${name}`, () => assert.equal(formatDateTime(time, zone), text))
}

test('formatDateTime: what is written is read back', () => {
  const seconds = fc.integer({ min: -60_000_000_000, max: 250_000_000_000 })
  fc.assert(
    fc.property(seconds, fc.integer({ min: -1439, max: 1439 }), (second, zone) => {
      assert.deepEqual(parseDateTime(formatDateTime(second * 1000, zone)), { at: second * 1000, zone })
    }),
  )
})
