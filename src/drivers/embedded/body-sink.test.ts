import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { crc32 } from 'node:zlib'
import { Form } from '../segments/record.ts'
import { segmentRows } from '../sql/bodies.ts'
import { openSqlite } from '../sql/sqlite.ts'
import { SegmentSink } from './body-sink.ts'
import { metadataPath, openDirectory } from './directory.ts'
import type { Body } from './protocol.ts'

const body = (octets: number): Body => {
  const bytes = new Uint8Array(octets)
  return { kind: 'bytes', form: Form.raw, bytes, crc: crc32(bytes), octets, digest: new Uint8Array(32) }
}

test('a segment that is full is left between groups, never inside one', t => {
  const root = mkdtempSync(join(tmpdir(), 'rookery-sink-'))
  t.after(() => rmSync(root, { recursive: true }))
  openDirectory(root)
  const db = openSqlite(metadataPath(root, 0), 'write')
  const sink = new SegmentSink(root, 0, db, () => 0, 100)
  const group = (sizes: number[]) => {
    const segments = sizes.map(octets => sink.place([body(octets)])[0]!.segment)
    sink.sync()
    return segments
  }
  assert.deepEqual(group([50, 80, 90, 1]), [1, 1, 1, 1])
  assert.deepEqual(group([1, 2]), [2, 2])
  assert.deepEqual(group([200]), [2])
  assert.deepEqual(group([1]), [3])
  sink.close()
  assert.deepEqual(
    segmentRows(db).map(({ state }) => state),
    ['sealed', 'sealed', 'sealed'],
  )
  db.close()
})

test('a sealed segment is noticed', t => {
  const root = mkdtempSync(join(tmpdir(), 'rookery-sink-'))
  t.after(() => rmSync(root, { recursive: true }))
  openDirectory(root)
  const db = openSqlite(metadataPath(root, 0), 'write')
  const sink = new SegmentSink(root, 0, db, () => 0)
  assert.equal(sink.stillMine(), true)
  sink.place([body(1)])
  assert.equal(sink.stillMine(), true)
  db.run(`UPDATE segments SET state = 'sealed'`)
  assert.equal(sink.stillMine(), false)
  sink.abandon()
  assert.equal(sink.place([body(1)])[0]!.segment, 2)
  sink.close()
  db.close()
})
