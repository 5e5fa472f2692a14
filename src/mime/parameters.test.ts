import assert from 'node:assert/strict'
import { test } from 'node:test'
import { limits } from '#base/limits.ts'
import type { Param } from './facts.ts'
import { readStructured } from './parameters.ts'

const cases: [name: string, text: string, value: string, params: Param[]][] = [
  ['nothing', '', '', []],
  ['no parameters', 'text/plain', 'text/plain', []],
  ['token', 'text/plain; charset=utf-8', 'text/plain', [['charset', 'utf-8']]],
  ['quoted', 'a; Name="x; \\"y\\""', 'a', [['Name', 'x; "y"']]],
  [
    'order and doubles',
    'a; b=1; a=2; b=3',
    'a',
    [
      ['b', '1'],
      ['a', '2'],
      ['b', '3'],
    ],
  ],
  ['comments', 'a (x;y); b (c) = (d) e (f)', 'a', [['b', 'e']]],
  ['double semicolons', 'a;; b=1;', 'a', [['b', '1']]],
  ['spaces in an unquoted value', 'a; name=my file.txt', 'a', [['name', 'my file.txt']]],
  ['forgotten semicolon', 'a; charset=utf-8 format=flowed', 'a', [['charset', 'utf-8']]],
  ['unclosed quote', 'a; name="x; y', 'a', [['name', 'x; y']]],
  ['unquoted boundary', 'a; boundary=--=_x?y=z', 'a', [['boundary', '--=_x?y=z']]],
  ['no value', 'a; b; c=', 'a', [['c', '']]],
  ['no name', 'a; =x; b=1', 'a', [['b', '1']]],
  ['octets that Latin-1 takes for space', 'a; name=\xc3\xa0', 'a', [['name', '\xc3\xa0']]],
  [
    'continued',
    'a; n*0=x; n*1="y z"; b=1',
    'a',
    [
      ['n', 'xy z'],
      ['b', '1'],
    ],
  ],
  ['continued out of order', 'a; n*1=y; n*0=x', 'a', [['n', 'xy']]],
  ['extended', "a; n*=utf-8''%C3%BC", 'a', [['n*', "utf-8''%C3%BC"]]],
  ['extended and continued', 'a; n*0*=utf-8\'\'%C3%BC; n*1="a b"; N*2*=%20c', 'a', [['n*', "utf-8''%C3%BCa%20b%20c"]]],
  ['extended later only', 'a; n*0=x; n*1*=%20', 'a', [['n*', "''x%20"]]],
]
for (const [name, text, value, params] of cases) {
  test(`readStructured: ${name}`, () => assert.deepEqual(readStructured(text), { value, params }))
}

test('readStructured: no more parameters than the limit', () => {
  const text = (count: number) => `a${Array.from({ length: count }, (_, i) => `; p${i}=x`).join('')}`
  assert.equal(readStructured(text(limits.mimeParameters)).params.length, limits.mimeParameters)
  assert.equal(readStructured(text(limits.mimeParameters + 1)).params.length, limits.mimeParameters)
})
