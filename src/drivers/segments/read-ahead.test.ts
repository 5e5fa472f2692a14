import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { crc32 } from 'node:zlib'
import type { BlobRef } from '#ports/blobs.ts'
import { BodyReader } from './body-reader.ts'
import { placeOf, segmentPath, segmentsDir } from './layout.ts'
import { pack } from './packer.ts'
import { Expected } from './read-ahead.ts'
import { Form, HEADER_OCTETS } from './record.ts'
import { SegmentWriter } from './segment-writer.ts'

const text = (n: number, octets: number): Buffer =>
  Buffer.from(`Subject: Message ${n}\r\n\r\n${`Line of message ${n}.\r\n`.repeat(octets / 20)}`)

/** Mail of all kinds of size: packed in one frame, in several, too small to pack, nothing. */
const bodies = Array.from({ length: 100 }, (_, n) => {
  if (n % 10 === 3) return text(n, 30_000)
  if (n % 10 === 6) return Buffer.from(`tiny ${n}`)
  if (n % 10 === 8) return Buffer.alloc(0)
  return text(n, 200 + n * 40)
})

function stored(t: TestContext): { root: string; refs: BlobRef[] } {
  const root = mkdtempSync(join(tmpdir(), 'rookery-ahead-'))
  t.after(() => rmSync(root, { recursive: true }))
  mkdirSync(segmentsDir(root, 0), { recursive: true })
  const writer = new SegmentWriter(root, 0, 1)
  const refs = bodies.flatMap(body => {
    const packed = pack(body)
    const bytes = packed ?? body
    const form = packed === null ? Form.raw : Form.packed
    const digest = hash('sha256', body, 'buffer')
    const placed = writer.append([{ form, bytes, crc: crc32(bytes), octets: body.length, digest }])
    return placed.map(({ id }) => ({ id, octets: body.length }))
  })
  writer.close()
  return { root, refs }
}

async function read(reader: BodyReader, ref: BlobRef, start = 0, end = ref.octets): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for (let at = start; at < Math.min(end, ref.octets); at += parts.at(-1)!.length) {
    parts.push(Uint8Array.from(await reader.read(ref, at, end)))
    assert.ok(parts.at(-1)!.length > 0)
  }
  return Buffer.concat(parts)
}

const orders: [name: string, expected: (refs: BlobRef[]) => BlobRef[], asked: (refs: BlobRef[]) => BlobRef[]][] = [
  ['all, in order', refs => refs, refs => refs],
  ['backwards', refs => refs.toReversed(), refs => refs.toReversed()],
  [
    'in order, but others are asked for between',
    refs => refs.slice(50),
    refs => refs.flatMap((ref, i) => [refs[99 - i]!, ref]),
  ],
  ['every other', refs => refs.filter((_, i) => i % 2 === 0), refs => refs],
  ['some that do not exist', refs => [{ id: '0s7.0', octets: 10 }, ...refs, { id: 'x', octets: 1 }], refs => refs],
]

for (const [name, expected, asked] of orders) {
  test(`bodies that are expected read as they are: ${name}`, async t => {
    const { root, refs } = stored(t)
    const reader = new BodyReader(root)
    reader.expect(expected(refs))
    for (const ref of asked(refs)) {
      const body = bodies[refs.indexOf(ref)]!
      assert.deepEqual(await read(reader, ref), body)
      assert.deepEqual(await read(reader, ref, 5, 60), body.subarray(5, 60))
    }
    reader.close()
  })
}

test('a damaged body is told of when it is asked for, and those around it are read', async t => {
  const { root, refs } = stored(t)
  const place = placeOf(refs[5]!.id)
  assert.ok(place?.kind === 'segment')
  writeSync(openSync(segmentPath(root, 0, 1), 'r+'), Buffer.from('XX'), 0, 2, place.offset + HEADER_OCTETS + 3)
  const reader = new BodyReader(root)
  reader.expect(refs)
  for (const [n, ref] of refs.entries()) {
    if (n === 5) assert.throws(() => reader.read(ref, 0, ref.octets), { failure: 'corrupt' })
    else assert.deepEqual(await read(reader, ref), bodies[n])
  }
  reader.close()
})

test('what is read together is small, in one segment, and close together', () => {
  const ref = (segment: number, offset: number, octets = 1_000): BlobRef => ({ id: `0s${segment}.${offset}`, octets })
  const cases: [name: string, refs: BlobRef[], count: number | undefined][] = [
    ['neighbours', [ref(1, 0), ref(1, 600), ref(1, 1_200)], 3],
    ['one alone', [ref(1, 0)], undefined],
    ['another segment', [ref(1, 0), ref(1, 600), ref(2, 1_200)], 2],
    ['a large one', [ref(1, 0), ref(1, 600), ref(1, 1_200, 20_000), ref(1, 1_800)], 2],
    ['backwards', [ref(1, 5_000), ref(1, 0)], undefined],
    ['a small gap', [ref(1, 0), ref(1, 5_000)], 2],
    ['a gap too large', [ref(1, 0), ref(1, 5_200)], undefined],
    ['more than is read at once', Array.from({ length: 50 }, (_, i) => ref(1, i * 600)), 32],
    ['a stretch too long', Array.from({ length: 32 }, (_, i) => ref(1, i * 15_000, 15_000)), 17],
  ]
  for (const [name, refs, count] of cases) {
    const expected = new Expected()
    expected.expect(refs)
    assert.equal(expected.groupFrom(refs[0]!, 16 * 1024)?.wanted.length, count, name)
  }
})
