import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { packUids, unpackUids } from './uid-runs.ts'

const cases: [name: string, uids: number[], runs: number[]][] = [
  ['nothing', [], []],
  ['one', [7], [7, 1]],
  ['a run', [1, 2, 3], [1, 3]],
  ['gaps', [1, 2, 5, 6, 9], [1, 2, 5, 2, 9, 1]],
  ['the last there can be', [4_294_967_294, 4_294_967_295], [4_294_967_294, 2]],
]

for (const [name, uids, runs] of cases) {
  test(`packUids: ${name}`, () => assert.deepEqual([...packUids(Uint32Array.from(uids), uids.length)], runs))
}

test('packUids: what lies beyond the length does not count', () => {
  assert.deepEqual([...packUids(Uint32Array.of(1, 2, 3), 2)], [1, 2])
})

test('unpackUids: what was packed comes back', () => {
  const uids = fc.uniqueArray(fc.integer({ min: 1, max: 300 }), { maxLength: 200 })
  fc.assert(
    fc.property(uids, list => {
      const ascending = Uint32Array.from(list).sort()
      assert.deepEqual(unpackUids(packUids(ascending, ascending.length)), ascending)
    }),
  )
})
