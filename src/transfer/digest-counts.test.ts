import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { test } from 'node:test'
import { DigestCounts } from './digest-counts.ts'

const digest = (value: number | string) => hash('sha256', String(value), 'buffer').subarray(0, 16)

test('each that was added is taken once, however many there are', () => {
  const counts = new DigestCounts()
  for (let i = 0; i < 20_000; i++) counts.add(digest(i))
  for (let i = 0; i < 20_000; i += 2) counts.add(digest(i))
  assert.equal(counts.take(digest('other')), false)
  for (let i = 0; i < 20_000; i++) {
    assert.equal(counts.take(digest(i)), true)
    assert.equal(counts.take(digest(i)), i % 2 === 0)
    assert.equal(counts.take(digest(i)), false)
  }
})

test('one that was used up can come again', () => {
  const counts = new DigestCounts()
  counts.add(digest(1))
  counts.take(digest(1))
  counts.add(digest(1))
  assert.deepEqual([counts.take(digest(1)), counts.take(digest(1))], [true, false])
})

test('digests that begin alike are told apart', () => {
  const counts = new DigestCounts()
  const [a, b] = [Buffer.alloc(16), Buffer.alloc(16)]
  b[15] = 1
  counts.add(a)
  assert.deepEqual([counts.take(b), counts.take(a)], [false, true])
})
