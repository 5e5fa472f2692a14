import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readDate } from './dates.ts'

const cases: [name: string, text: string, iso: string | null, zone: number][] = [
  ['as it should be', 'Sat, 24 Mar 2007 23:00:00 +0200', '2007-03-24T21:00:00Z', 120],
  ['west', 'Mon, 01 Jan 2001 00:00:00 -0330', '2001-01-01T03:30:00Z', -210],
  ['no weekday', '24 Mar 2007 23:00:00 +0000', '2007-03-24T23:00:00Z', 0],
  ['no seconds', '24 Mar 2007 23:00 GMT', '2007-03-24T23:00:00Z', 0],
  ['comment', 'Thu, 4 Jan (first) 2001 10:11:12 -0500 (EST (really))', '2001-01-04T15:11:12Z', -300],
  ['obsolete zone', 'Thu, 4 Jan 2001 10:11:12 EDT', '2001-01-04T14:11:12Z', -240],
  ['military zone means nothing', 'Thu, 4 Jan 2001 10:11:12 A', '2001-01-04T10:11:12Z', 0],
  ['two-digit year of this century', '4 Jan 49 10:11:12 +0000', '2049-01-04T10:11:12Z', 0],
  ['two-digit year of the last', '4 Jan 50 10:11:12 +0000', '1950-01-04T10:11:12Z', 0],
  ['three-digit year', '4 Jan 102 10:11:12 +0000', '2002-01-04T10:11:12Z', 0],
  ['unknown local zone', '4 Jan 2002 10:11:12 -0000', '2002-01-04T10:11:12Z', 0],
  ['zone with colon', '4 Jan 2002 10:11:12 +05:30', '2002-01-04T04:41:12Z', 330],
  ['GMT with offset', '4 Jan 2002 10:11:12 GMT+0100', '2002-01-04T09:11:12Z', 60],
  ['ctime', 'Sat Jan  3 01:05:34 1996', '1996-01-03T01:05:34Z', 0],
  ['ctime with zone', 'Sat Jan  3 01:05:34 PST 1996', '1996-01-03T09:05:34Z', -480],
  ['month first', 'Saturday, March 24, 2007 23:00:00 +0200', '2007-03-24T21:00:00Z', 120],
  ['dashes', 'Sat, 24-Mar-2007 23:00:00 +0200', '2007-03-24T21:00:00Z', 120],
  ['ISO', '2007-03-24T23:00:00Z', '2007-03-24T23:00:00Z', 0],
  ['no time', '24 Mar 2007', '2007-03-24T00:00:00Z', 0],
  ['dots in time', '24 Mar 2007 23.01.02 +0000', '2007-03-24T23:01:02Z', 0],
  ['leap second', '31 Dec 2016 23:59:60 +0000', '2016-12-31T23:59:59Z', 0],
  ['leap day', '29 Feb 2024 00:00:00 +0000', '2024-02-29T00:00:00Z', 0],
  ['no leap day', '29 Feb 2023 00:00:00 +0000', null, 0],
  ['absurd zone', '24 Mar 2007 23:00:00 +9999', '2007-03-24T23:00:00Z', 0],
  ['day 32', '32 Mar 2007 23:00:00 +0000', null, 0],
  ['hour 25', '3 Mar 2007 25:00:00 +0000', null, 0],
  ['no such month', '3 Foo 2007 23:00:00 +0000', null, 0],
  ['empty', '', null, 0],
  ['junk', 'yesterday', null, 0],
]

for (const [name, text, iso, zone] of cases) {
  test(`readDate: ${name}`, () => {
    assert.deepEqual(readDate(text), iso === null ? null : { at: Date.parse(iso), zone })
  })
}

test('readDate: every date that is written well is read', () => {
  const date = fc.date({ min: new Date('1970-01-01'), max: new Date('9999-12-30'), noInvalidDate: true })
  fc.assert(
    fc.property(date, at => {
      const seconds = Math.floor(at.getTime() / 1000) * 1000
      assert.deepEqual(readDate(new Date(seconds).toUTCString()), { at: seconds, zone: 0 })
    }),
  )
})

test('readDate: no text is too strange', () => {
  const piece = fc.constantFrom(
    'Mon',
    ',',
    ' ',
    '3',
    '24',
    'Mar',
    '2007',
    ':',
    '(',
    ')',
    '\\',
    '+',
    '-',
    '0200',
    'T',
    'Z',
    '\t',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), pieces => {
      const date = readDate(pieces.join(''))
      if (date !== null) assert.ok(Number.isSafeInteger(date.at) && Number.isSafeInteger(date.zone))
    }),
    { numRuns: 2000 },
  )
})
