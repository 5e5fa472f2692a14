import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from 'smol-toml'
import { byKey, settings } from './schema.ts'
import { exampleOf, variableOf } from './setting.ts'

const source = { text: false, base: null }
const fromToml = (toml: string): unknown => parse(`value = ${toml}`).value

for (const { setting } of settings) {
  const { key, kind } = setting

  test(`${key}: the default is written in a form that reads back as it`, () => {
    assert.deepEqual(kind.read(fromToml(kind.write(setting.default)), source), setting.default)
  })

  test(`${key}: the example is a right value`, () => {
    const value = kind.read(fromToml(exampleOf(setting)), source)
    assert.deepEqual(kind.read(fromToml(kind.write(value)), source), value)
  })

  test(`${key}: is said in sentences`, () => {
    assert.match(setting.doc, /^[A-Z].*\.$/s)
    assert.match(key, /^[a-z]+(?:\.[a-z][a-z_]*)?$/)
  })
}

test('keys, variables and flags are used once', () => {
  assert.equal(byKey.size, settings.length)
  assert.equal(new Set(settings.map(({ setting }) => variableOf(setting.key))).size, settings.length)
  const flags = settings.flatMap(({ setting }) => setting.flag?.name ?? [])
  assert.equal(new Set(flags).size, flags.length)
})

test('settings of one table stand together', () => {
  const tables = settings.map(({ setting }) => setting.key.split('.').slice(0, -1).join('.'))
  const runs = tables.filter((table, index) => table !== tables[index - 1])
  assert.deepEqual(runs, [...new Set(runs)])
})
