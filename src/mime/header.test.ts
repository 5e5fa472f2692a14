import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf, octetsOf } from '#base/bytes.ts'
import { fields, selectFields } from './header.ts'

const cases: [name: string, block: string, found: [name: string, value: string][]][] = [
  ['nothing', '', []],
  ['one field', 'A: b\r\n\r\n', [['A', 'b']]],
  [
    'bare LF and no empty line',
    'A: b\nC:d',
    [
      ['A', 'b'],
      ['C', 'd'],
    ],
  ],
  ['folded', 'A: b\r\n  c\r\n\td\r\n\r\n', [['A', 'b  c\td']]],
  ['white space before the colon', 'A \t: b\r\n', [['A', 'b']]],
  [
    'empty value',
    'A:\r\nB: \r\n',
    [
      ['A', ''],
      ['B', ''],
    ],
  ],
  [
    'a line of white space goes on',
    'A: b\r\n \r\n c\r\nD: e\r\n',
    [
      ['A', 'b  c'],
      ['D', 'e'],
    ],
  ],
  ['ends at the empty line', 'A: b\n\nC: d\n', [['A', 'b']]],
  ['mbox line', 'From a@b Sat Jan 3 01:05:34 1996\r\nA: b\r\n', [['A', 'b']]],
  ['no colon', 'what is this\r\n and this\r\nA: b\r\n', [['A', 'b']]],
  ['continuation of nothing', ' x: y\r\nA: b\r\n', [['A', 'b']]],
  ['no name', ': x\r\nA: b\r\n', [['A', 'b']]],
  ['byte order mark', '\xef\xbb\xbfA: b\r\n', [['A', 'b']]],
  ['what cannot be quoted', 'A: b\0c\rd\r\n', [['A', 'b c d']]],
  ['8-bit', 'A: \xc3\xa0\r\n', [['A', '\xc3\xa0']]],
]
for (const [name, block, found] of cases) {
  test(`fields: ${name}`, () => {
    const all = [...fields(bytesOf(block))]
    assert.deepEqual(
      all.map(field => [field.name, field.value]),
      found,
    )
    for (const { name, range } of all) assert.equal(block.slice(range[0], range[0] + name.length), name)
  })
}

const HEADER = 'From: a\r\nSubject: long\r\n  and folded\r\njunk\r\nTO : b\r\nsubject: again\r\nX-To: c\r\n\r\n'
const selections: [name: string, header: string, names: string[], negate: boolean, selected: string][] = [
  ['none', HEADER, ['X'], false, '\r\n'],
  ['no names', HEADER, [], false, '\r\n'],
  [
    'all that match, in any case',
    HEADER,
    ['SUBJECT'],
    false,
    'Subject: long\r\n  and folded\r\nsubject: again\r\n\r\n',
  ],
  ['in the order of the header', HEADER, ['to', 'from'], false, 'From: a\r\nTO : b\r\n\r\n'],
  ['all others', HEADER, ['subject', 'x-to'], true, 'From: a\r\nTO : b\r\n\r\n'],
  ['bare LF', 'A: b\nC: d\n\n', ['c'], false, 'C: d\n\n'],
  ['no empty line', 'A: b\r\nC: d', ['c'], false, 'C: d'],
  ['only an empty line', '\r\n', ['c'], false, '\r\n'],
  ['nothing', '', ['c'], false, ''],
  ['a name is whole', 'To: a\r\nTop: b\r\n\r\n', ['to'], false, 'To: a\r\n\r\n'],
  ['a name of the same octets in Latin-1 case', '\xc0: a\r\n\r\n', ['\xe0'], false, '\r\n'],
]
for (const [name, header, names, negate, selected] of selections) {
  test(`selectFields: ${name}`, () => {
    assert.equal(octetsOf(selectFields(bytesOf(header), names, negate)), selected)
  })
}
