import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { Damaged } from './section.ts'
import { SegmentFile } from './segment-file.ts'
import { SegmentFileWriter } from './segment-file-writer.ts'
import { LONG_BLOCK } from './segment-format.ts'

/** Octets that compress a little, different at every place. */
function octetsFor(length: number): Buffer {
  const octets = Buffer.alloc(length)
  for (let i = 0; i < length; i++) octets[i] = (i * 31 + (i >> 8) * 7) & 0x7f
  return octets
}

const directory = mkdtempSync(join(tmpdir(), 'rookery-segment-'))
test.after(() => rmSync(directory, { recursive: true }))

test('segment file: any place of any section is read as it was written', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          length: fc.constantFrom(0, 1, 255, 256, 1000, 2048, 5000, 100_000),
          block: fc.constantFrom(1024, 32 * 1024, LONG_BLOCK),
        }),
        { minLength: 1, maxLength: 4 },
      ),
      fc.integer({ min: 1, max: 3000 }),
      fc.array(fc.tuple(fc.nat(), fc.nat(4000)), { minLength: 20, maxLength: 40 }),
      (sections, piece, places) => {
        const path = join(directory, 'any')
        const writer = new SegmentFileWriter(path)
        for (const [i, { length, block }] of sections.entries()) {
          const section = writer.section(`s${i}`, block)
          const octets = octetsFor(length)
          for (let at = 0; at < length; at += piece) section.write(octets.subarray(at, at + piece))
          section.end()
        }
        writer.finish({ some: 'facts' })
        const file = new SegmentFile<{ some: string }>(path)
        assert.deepEqual(file.facts, { some: 'facts' })
        for (const [i, { length }] of sections.entries()) {
          const octets = octetsFor(length)
          const section = file.section(`s${i}`)
          assert.ok(section.all().equals(octets))
          // In order, as a search reads, and then anywhere.
          for (let at = 0; at < length; at += piece) {
            assert.ok(section.read(at, Math.min(length, at + piece)).equals(octets.subarray(at, at + piece)))
          }
          for (const [start, count] of places) {
            const from = start % (length + 1)
            const to = Math.min(length, from + count)
            assert.ok(section.read(from, to).equals(octets.subarray(from, to)), `${from} to ${to} of ${length}`)
          }
        }
        file.close()
      },
    ),
    { numRuns: 40 },
  )
})

test('segment file: a place outside of its section, or a section that is not there, is damage', () => {
  const path = join(directory, 'small')
  const writer = new SegmentFileWriter(path)
  const section = writer.section('one')
  section.write(octetsFor(100))
  section.end()
  writer.finish({})
  const file = new SegmentFile(path)
  assert.throws(() => file.section('one').read(50, 101), Damaged)
  assert.throws(() => file.section('two'), Damaged)
  file.close()
})
