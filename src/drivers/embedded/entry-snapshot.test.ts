import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newColumns } from '../sql/merge-columns.ts'
import { decodeSnapshot, encodeSnapshot } from './entry-snapshot.ts'

function sample(length: number) {
  const columns = newColumns(length)
  for (let i = 0; i < length; i++) {
    columns.uid[i] = 0xffff_ffff - length + i
    columns.modseq[i] = 2 ** 52 + i
    columns.flags[i] = i % 32
    columns.keywords[i] = ['', '$A b', 'ключ'][i % 3]!
    columns.octets[i] = i * 1000
    columns.receivedAt[i] = -i
    columns.zone[i] = i % 2 === 0 ? -720 : 840
    columns.savedAt[i] = 1_700_000_000_000 + i
    columns.message[i] = i + 1
    columns.thread[i] = 7
  }
  return { mailbox: 5, uidValidity: 0xffff_fffe, modseq: 2 ** 52, nonce: 12345, columns }
}

for (const length of [0, 1, 2, 3, 1001]) {
  test(`a snapshot of ${length} entries is read back`, () => {
    const snapshot = sample(length)
    assert.deepEqual(decodeSnapshot(encodeSnapshot(snapshot)), snapshot)
  })
}

test('what is cut off, longer or damaged anywhere is no snapshot', () => {
  const bytes = encodeSnapshot(sample(3))
  assert.equal(decodeSnapshot(bytes.slice(0, 20)), null)
  assert.equal(decodeSnapshot(bytes.slice(0, -1)), null)
  assert.equal(decodeSnapshot(Uint8Array.from([...bytes, 0])), null)
  for (let at = 64; at < bytes.length; at++) {
    const damaged = bytes.slice()
    damaged[at]! ^= 4
    assert.equal(decodeSnapshot(damaged), null, `octet ${at}`)
  }
})
