import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { crc32 } from 'node:zlib'
import { BodyReader } from './body-reader.ts'
import { segmentPath, segmentsDir } from './layout.ts'
import { Form, HEADER_OCTETS } from './record.ts'
import { scanRecords, verifyRecord } from './scan.ts'
import { SegmentWriter } from './segment-writer.ts'

const body = (octets: number) => {
  const bytes = new Uint8Array(octets).fill(octets % 251)
  return { form: Form.raw, bytes, crc: crc32(bytes), octets, digest: hash('sha256', bytes, 'buffer') }
}

function openWriter(t: TestContext) {
  const root = mkdtempSync(join(tmpdir(), 'rookery-segments-'))
  t.after(() => rmSync(root, { recursive: true }))
  mkdirSync(segmentsDir(root, 0), { recursive: true })
  return { root, path: segmentPath(root, 0, 1), writer: new SegmentWriter(root, 0, 1) }
}

test('records lie one behind another and are found again, with zeros ahead and without', t => {
  const { root, path, writer } = openWriter(t)
  const sizes = [0, 1, 100_000, 5, 200_000, 1_500_000, 3]
  const placed = sizes.flatMap(octets => writer.append([body(octets)]))
  writer.sync()
  const total = sizes.reduce((sum, octets) => sum + HEADER_OCTETS + octets, 0)
  assert.equal(writer.octets, total)
  assert.ok(statSync(path).size > total)
  const assertWhole = () => {
    const scan = scanRecords(path)
    assert.deepEqual([scan.records.map(({ header }) => header.octets), scan.end, scan.torn], [sizes, total, 0])
  }
  assertWhole()
  writer.close()
  assert.equal(statSync(path).size, total)
  assertWhole()
  const reader = new BodyReader(root)
  placed.forEach(({ id }, i) => {
    if (sizes[i]! > 200) return
    assert.deepEqual(Uint8Array.from(reader.record({ id, octets: sizes[i]! }).body), body(sizes[i]!).bytes)
  })
  reader.close()
})

test('a record that is not whole ends the scan and is counted as torn', t => {
  const { path, writer } = openWriter(t)
  writer.append([body(10), body(20)])
  writer.close()
  appendFileSync(path, Buffer.concat([Buffer.from('RKB1 but no header'), Buffer.alloc(100)]))
  const { end, torn, records } = scanRecords(path)
  assert.deepEqual([records.length, end, torn], [2, 110, 18])
})

test('a record is verified against what the metadata says of it', t => {
  const { path, writer } = openWriter(t)
  const { digest } = body(10)
  writer.append([body(10)])
  writer.close()
  verifyRecord(path, 0, 10, digest)
  const corrupt = { failure: 'corrupt' }
  assert.throws(() => verifyRecord(path, 0, 11, digest), corrupt)
  assert.throws(() => verifyRecord(path, 1, 10, digest), corrupt)
  assert.throws(() => verifyRecord(path, 0, 10, new Uint8Array(32).fill(9)), corrupt)
  assert.throws(() => verifyRecord(`${path}x`, 0, 10, digest), { failure: 'missing' })
})

test('a segment that is there is never written to', t => {
  const { root, writer } = openWriter(t)
  assert.throws(() => new SegmentWriter(root, 0, 1), { name: 'StoreFault' })
  writer.close()
})
