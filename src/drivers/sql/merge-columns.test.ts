import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { EntryColumns } from '#ports/metadata.ts'
import { joinColumns, mergeColumns, newColumns, sliceColumns } from './merge-columns.ts'

type Row = readonly [uid: number, modseq: number]

function columnsOf(rows: readonly Row[]): EntryColumns {
  const columns = newColumns(rows.length)
  rows.forEach(([uid, modseq], i) => {
    columns.uid[i] = uid
    columns.modseq[i] = modseq
    columns.keywords[i] = `k${uid}.${modseq}`
  })
  return columns
}

const rowsOf = ({ length, uid, modseq, keywords }: EntryColumns) =>
  Array.from({ length }, (_, i) => [uid[i], modseq[i], keywords[i]])

const uids = fc.uniqueArray(fc.integer({ min: 1, max: 40 })).map(list => list.sort((a, b) => a - b))

test('mergeColumns: as if every entry were looked at', () => {
  fc.assert(
    fc.property(uids, uids, uids, (base, changed, gone) => {
      const vanished = gone.filter(uid => !changed.includes(uid))
      const expected = new Map(base.filter(uid => !vanished.includes(uid)).map(uid => [uid, 1]))
      for (const uid of changed) expected.set(uid, 2)
      const merged = mergeColumns(
        columnsOf(base.map(uid => [uid, 1])),
        columnsOf(changed.map(uid => [uid, 2])),
        Uint32Array.from(vanished),
      )
      assert.deepEqual(
        rowsOf(merged),
        [...expected].sort(([a], [b]) => a - b).map(([uid, modseq]) => [uid, modseq, `k${uid}.${modseq}`]),
      )
    }),
    { numRuns: 500 },
  )
})

test('joinColumns and sliceColumns: cut into pages and put together again', () => {
  const all = columnsOf([1, 2, 5, 9].map(uid => [uid, uid]))
  const pages = [sliceColumns(all, 0, 0), sliceColumns(all, 0, 1), sliceColumns(all, 1, 4)]
  assert.deepEqual(rowsOf(joinColumns(pages)), rowsOf(all))
})
