import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { SyntaxFault } from '#base/errors.ts'
import { contains, each, intersect, largest, normalise, parseUidSet, rangesOf, size, union } from './sets.ts'
import { uidSet } from './writer.ts'

const STAR = Number.POSITIVE_INFINITY

type Ranges = [number, number][]
const cases: [name: string, set: Ranges, max: number, ranges: Ranges][] = [
  ['one number', [[3, 3]], 10, [[3, 3]]],
  ['ends in any order', [[5, 2]], 10, [[2, 5]]],
  ['star is the last', [[STAR, STAR]], 10, [[10, 10]]],
  ['a range to star', [[4, STAR]], 10, [[4, 10]]],
  ['beyond the last and star gives the last', [[3291, STAR]], 10, [[10, 10]]],
  ['beyond the last is nothing', [[11, 20]], 10, []],
  ['cut at the last', [[1, 4_294_967_295]], 10, [[1, 10]]],
  [
    'an empty mailbox',
    [
      [1, STAR],
      [STAR, STAR],
    ],
    0,
    [],
  ],
  [
    'overlaps are joined',
    [
      [5, 8],
      [1, 3],
      [7, 12],
      [2, 2],
    ],
    20,
    [
      [1, 3],
      [5, 12],
    ],
  ],
  [
    'neighbours are joined',
    [
      [3, 3],
      [1, 1],
      [2, 2],
    ],
    20,
    [[1, 3]],
  ],
]
for (const [name, set, max, ranges] of cases) {
  test(`normalise: ${name}`, () => assert.deepEqual(normalise(set, max), ranges))
}

test('normalise: as counted one by one', () => {
  const end = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constant(STAR))
  fc.assert(
    fc.property(fc.array(fc.tuple(end, end)), fc.nat(30), (set, max) => {
      const wanted: number[] = []
      for (let n = 1; n <= max; n++) {
        const at = (x: number) => (x === STAR ? max : x)
        if (set.some(([a, b]) => n >= Math.min(at(a), at(b)) && n <= Math.max(at(a), at(b)))) wanted.push(n)
      }
      const ranges = normalise(set, max)
      assert.deepEqual([...each(ranges)], wanted)
      assert.equal(size(ranges), wanted.length)
      assert.deepEqual(ranges, rangesOf(wanted))
      for (let n = 0; n <= 41; n++) assert.equal(contains(ranges, n), wanted.includes(n))
    }),
  )
})

test('union and intersect: as sets of numbers', () => {
  const numbers = fc.uniqueArray(fc.integer({ min: 1, max: 60 })).map(list => list.sort((a, b) => a - b))
  fc.assert(
    fc.property(numbers, numbers, (a, b) => {
      const both = a.filter(n => b.includes(n))
      const either = [...new Set([...a, ...b])].sort((x, y) => x - y)
      assert.deepEqual([...each(intersect(rangesOf(a), rangesOf(b)))], both)
      assert.deepEqual(union(rangesOf(a), rangesOf(b)), rangesOf(either))
    }),
  )
})

test('largest: star does not count', () => {
  assert.equal(
    largest([
      [3, STAR],
      [9, 2],
    ]),
    9,
  )
  assert.equal(largest([[STAR, STAR]]), 0)
})

test('a set of all UIDs costs nothing', () => {
  assert.equal(size(normalise([[1, STAR]], 4_294_967_295)), 4_294_967_295)
})

test('parseUidSet: what is written is read back', () => {
  const ascending = fc.uniqueArray(fc.integer({ min: 1, max: 4_294_967_295 }), { minLength: 1 })
  fc.assert(
    fc.property(ascending, list => {
      const uids = Uint32Array.from(list).sort()
      assert.deepEqual([...each(parseUidSet(uidSet(uids)))], [...uids])
    }),
  )
})

for (const wrong of ['', '0', '1:', ':1', '1,', '*', '$', '4294967296', '01', '1 2', '-1', '1:2:3']) {
  test(`parseUidSet refuses '${wrong}'`, () => assert.throws(() => parseUidSet(wrong), SyntaxFault))
}
