import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { UidRanges } from '#ports/metadata.ts'
import { clampRanges, formatRanges, normalRanges, parseRanges, rangesOf, uidsOf, uidsOfList } from './uid-set.ts'

const ascending = fc.uniqueArray(fc.integer({ min: 1, max: 300 })).map(list => list.sort((a, b) => a - b))

test('uids, ranges, text and back', () => {
  fc.assert(
    fc.property(ascending, uids => {
      const ranges = rangesOf(uids)
      assert.deepEqual(parseRanges(formatRanges(ranges)), ranges)
      assert.deepEqual([...uidsOf(ranges)], uids)
      assert.deepEqual([...uidsOfList(uids.length === 0 ? null : uids.join(','), uids.length)], uids)
    }),
  )
})

const clamps: [name: string, ranges: UidRanges, end: number, expected: UidRanges][] = [
  ['nothing', [], 10, []],
  ['an empty mailbox', [[1, 0xffff_ffff]], 1, []],
  ['up to the last UID', [[1, 0xffff_ffff]], 10, [[1, 9]]],
  [
    'beyond the last UID',
    [
      [3, 4],
      [10, 12],
    ],
    10,
    [[3, 4]],
  ],
  [
    'overlapping and touching',
    [
      [5, 6],
      [1, 3],
      [2, 4],
    ],
    10,
    [[1, 6]],
  ],
  ['a full mailbox', [[1, 0xffff_ffff]], 0x1_0000_0000, [[1, 0xffff_ffff]]],
]
for (const [name, ranges, end, expected] of clamps) {
  test(`clampRanges: ${name}`, () => assert.deepEqual(clampRanges(ranges, end), expected))
}

test('normalRanges: small holes are read over when asked', () => {
  assert.deepEqual(
    normalRanges(
      [
        [1, 2],
        [5, 6],
        [20, 20],
      ],
      2,
    ),
    [
      [1, 6],
      [20, 20],
    ],
  )
  assert.deepEqual(
    normalRanges(
      [
        [1, 2],
        [5, 6],
      ],
      1,
    ),
    [
      [1, 2],
      [5, 6],
    ],
  )
})
