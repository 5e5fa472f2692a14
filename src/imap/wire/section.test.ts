import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Args } from './reader.ts'
import { formatSection, section } from './section.ts'
import type { Section } from './syntax.ts'

for (const text of ['[]', '[TEXT]', '[1.2]', '[1.2.MIME]', '[HEADER]', '[3.HEADER.FIELDS (From X-Y "a b")]']) {
  test(`formatSection: ${text} is named as it was asked for`, () => {
    assert.equal(formatSection(section(Args.of(text))), text)
  })
}

test('formatSection: what is written is read back', () => {
  const path = fc.array(fc.integer({ min: 1, max: 4_294_967_295 }))
  const name = fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map(c => String.fromCharCode(c)) })
  const asked: fc.Arbitrary<Section> = fc.oneof(
    fc.record({ path, text: fc.constantFrom('ALL' as const, 'HEADER' as const, 'TEXT' as const) }),
    fc.record({
      path,
      text: fc.constantFrom('HEADER.FIELDS' as const, 'HEADER.FIELDS.NOT' as const),
      fields: fc.array(name, { minLength: 1 }),
    }),
  )
  fc.assert(fc.property(asked, value => assert.deepEqual(section(Args.of(formatSection(value))), { ...value })))
})
