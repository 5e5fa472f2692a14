import assert from 'node:assert/strict'
import { test } from 'node:test'
import { circles, runtimeSpecifiers } from './borders.ts'
import { capabilitiesIn, tableFaults } from './rfc-table.ts'

const imports: [source: string, specifiers: string[]][] = [
  [`import { a } from './a.ts'`, ['./a.ts']],
  [`import {\n  a,\n  type B,\n} from './a.ts'`, ['./a.ts']],
  [`import type { A } from './a.ts'\nimport { b } from './b.ts'`, ['./b.ts']],
  [`import type {\n  A,\n} from './a.ts'`, []],
  [`export type { A } from './a.ts'\nexport * from './b.ts'`, ['./b.ts']],
  [`import './a.ts'\nconst b = await import('./b.ts')`, ['./a.ts', './b.ts']],
  [`export type A = 'a'\nimport { b } from './b.ts'`, ['./b.ts']],
  [`export const a = 'x'`, []],
]
for (const [source, specifiers] of imports) {
  test(`imports at run time: ${JSON.stringify(source)}`, () =>
    assert.deepEqual([...runtimeSpecifiers(source)], specifiers))
}

const graphs: [name: string, graph: Record<string, string[]>, faults: string[]][] = [
  ['none in a diamond', { a: ['b', 'c'], b: ['d'], c: ['d'], d: [] }, []],
  ['two files', { a: ['b'], b: ['a'] }, ['circle: a → b → a']],
  ['behind a way in', { a: ['b'], b: ['c'], c: ['b'] }, ['circle: b → c → b']],
  ['itself', { a: ['a'] }, ['circle: a → a']],
  ['out of the graph', { a: ['node:fs'] }, []],
]
for (const [name, graph, faults] of graphs) {
  test(`circles: ${name}`, () => assert.deepEqual(circles(new Map(Object.entries(graph))), faults))
}

test('capabilities are found in their file', () => {
  const source = `/** 'NOTTHIS' */ const a = ['IMAP4rev1', 'LITERAL+', 'UTF8=ACCEPT', 'anonymous', 'Text']
    x.push(\`AUTH=\${m}\`, \`APPENDLIMIT=\${n}\`) // 'NORTHIS'`
  assert.deepEqual(capabilitiesIn(source), ['IMAP4rev1', 'LITERAL+', 'UTF8=ACCEPT', 'AUTH=', 'APPENDLIMIT='])
})

const head = '| RFC | what | status | test |\n|---|---|---|---|\n'
const cited = [['src/a.ts', '// RFC 7162 §3.1']] as const
const tables: [name: string, table: string, faults: RegExp[]][] = [
  ['all is there', `${head}| RFC 7162 | CONDSTORE, QRESYNC | whole | test/a.test.ts |`, []],
  [
    'no row for a cited RFC',
    `${head}| RFC 9051 | CONDSTORE | whole | test/a.test.ts, see RFC 7162 |`,
    [/no row for RFC 7162, which src\/a\.ts cites/],
  ],
  [
    'a longer name is another capability',
    `${head}| RFC 7162 | XCONDSTORE, CONDSTORE=X2 | whole | test/a.test.ts |`,
    [/does not name CONDSTORE/],
  ],
  [
    'a longer word does not name it',
    `${head}| RFC 7162 | QRESYNC, ECONDSTORE | whole | test/a.test.ts |`,
    [/does not name CONDSTORE/],
  ],
  ['no test named', `${head}| RFC 7162 | CONDSTORE | whole | |`, [/names no test that shows CONDSTORE/]],
  [
    'a test that does not exist',
    `${head}| RFC 7162 | CONDSTORE | whole | test/b.test.ts |`,
    [/test\/b\.test\.ts, which does not exist/],
  ],
]
for (const [name, table, faults] of tables) {
  test(`rfc table: ${name}`, () => {
    const found = tableFaults(table, cited, ['CONDSTORE'], path => path === 'test/a.test.ts')
    assert.equal(found.length, faults.length, found.join('\n'))
    for (const [index, fault] of faults.entries()) assert.match(found[index]!, fault)
  })
}

test('rfc table: a capability with a value is named with or without one', () => {
  for (const name of ['APPENDLIMIT', '`APPENDLIMIT=n`', 'APPENDLIMIT=<octets>']) {
    const table = `${head}| RFC 7889 | ${name} | whole | test/a.test.ts |`
    assert.deepEqual(
      tableFaults(table, [], ['APPENDLIMIT='], () => true),
      [],
    )
  }
})
