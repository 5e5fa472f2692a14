import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parse, stringify } from 'smol-toml'
import { lineOf, locate } from './locate.ts'
import { nearest } from './nearest.ts'
import { contains } from './networks.ts'
import { durationMs, durationText, sizeOctets, sizeText } from './units.ts'

const durations: [text: string, ms: number | null][] = [
  ['30 min', 1_800_000],
  ['180 s', 180_000],
  ['180s', 180_000],
  ['1.5 h', 5_400_000],
  ['2 days', 172_800_000],
  ['250 ms', 250],
  ['0 s', 0],
  ['5', null],
  ['min', null],
  ['-5 s', null],
  ['1e3 s', null],
  ['5 s 3', null],
  ['0.0001 ms', null],
  ['999999999999999 d', null],
  ['', null],
]
for (const [text, ms] of durations) test(`duration ${JSON.stringify(text)}`, () => assert.equal(durationMs(text), ms))

const sizes: [text: string, octets: number | null][] = [
  ['64 MiB', 67_108_864],
  ['64mib', 67_108_864],
  ['1 K', 1024],
  ['1 KB', 1000],
  ['1.5 GiB', 1_610_612_736],
  ['10 B', 10],
  ['10', null],
  ['0.3 B', null],
]
for (const [text, octets] of sizes) test(`size ${JSON.stringify(text)}`, () => assert.equal(sizeOctets(text), octets))

test('durations and sizes are read back as they were written', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 10 ** 15 - 1 }), value => {
      assert.equal(durationMs(durationText(value)), value)
      assert.equal(sizeOctets(sizeText(value)), value)
    }),
  )
})

const near: [word: string, known: string[], found: string | null][] = [
  ['mesage', ['message', 'limits'], 'message'],
  ['usre', ['user', 'use', 'version'], 'user'],
  ['IMAP', ['imap', 'imaps'], 'imap'],
  ['foo', ['bar'], null],
  ['', ['data'], null],
]
for (const [word, known, found] of near) test(`nearest to "${word}"`, () => assert.equal(nearest(word, known), found))

const networks: [networks: string[], address: string, inside: boolean][] = [
  [['loopback'], '127.0.0.1', true],
  [['loopback'], '127.200.0.9', true],
  [['loopback'], '::1', true],
  [['loopback'], '::ffff:127.0.0.1', true],
  [['loopback'], '10.0.0.1', false],
  [['10.0.0.0/8'], '10.255.1.2', true],
  [['10.0.0.0/8'], '11.0.0.1', false],
  [['10.1.2.3'], '10.1.2.3', true],
  [['10.1.2.3'], '10.1.2.4', false],
  [['fe80::/10'], 'fe80::1%eth0', true],
  [['::/0'], '2001:db8::1', true],
  [['0.0.0.0/0'], '2001:db8::1', false],
  [[], '127.0.0.1', false],
  [['loopback'], 'no address', false],
]
for (const [list, address, inside] of networks) {
  test(`${address || 'nothing'} in ${list.join(' ') || 'no network'}`, () =>
    assert.equal(contains(list)(address), inside))
}

const toml = `# a comment with = and [x]
data = "a" # and [y]
"quoted key" = 1
[limits] # z
message_size = "[no]"
a.b = [ 1, "x = 1", { deep = 2 }, # c = 3
  [ 4 ],
]
inline = { one = 1, two = { three = '}' } }
text = """
[not]
not = 1
\\""" still
"""
raw = '''
not = '' 2
'''
[[many]]
last = 1`

const placed: [key: string, line: number | null][] = [
  ['data', 2],
  ['quoted key', 3],
  ['limits', 4],
  ['limits.message_size', 5],
  ['limits.a.b', 6],
  ['limits.a.b.deep', 6],
  ['limits.inline.one', 9],
  ['limits.inline.two.three', 9],
  ['limits.text', 10],
  ['limits.raw', 15],
  ['many', 18],
  ['many.last', 19],
  ['limits.not', 4],
  ['x', null],
]
for (const [key, line] of placed) {
  test(`line of ${key}`, () => {
    parse(toml)
    assert.equal(lineOf(locate(toml), key), line)
  })
}

test('every key of a document is located, and the walk ends on any text', () => {
  const name = fc.string({ minLength: 1, maxLength: 8, unit: fc.constantFrom('a', 'b', '-', ' ', '"', '=', '[') })
  const leaf = fc.oneof(
    fc.integer(),
    fc.string({ maxLength: 12 }),
    fc.boolean(),
    fc.array(fc.string(), { maxLength: 3 }),
  )
  const tree = fc.dictionary(name, fc.oneof(leaf, fc.dictionary(name, leaf, { minKeys: 1, maxKeys: 4 })), {
    maxKeys: 5,
  })
  fc.assert(
    fc.property(tree, value => {
      const text = stringify(value)
      const lines = locate(text)
      const bare = (key: string) => /^[A-Za-z0-9_-]+$/.test(key)
      const source = text.split('\n')
      for (const key of Object.keys(value).filter(bare)) {
        const line = source[lines.get(key)! - 1]
        assert.ok(line?.startsWith(`${key} =`) || line?.startsWith(`[${key}]`), `${key} at ${line}`)
      }
    }),
  )
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('"', "'", '[', ']', '{', '}', '=', '.', '\n', 'a', ',', '\\', '#', ' ') }),
      text => void locate(text),
    ),
  )
})
