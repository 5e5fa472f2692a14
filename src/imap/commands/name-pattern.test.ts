import assert from 'node:assert/strict'
import { test } from 'node:test'
import { namePattern } from './name-pattern.ts'

const names = ['INBOX', 'INBOX/Lists', 'Work', 'Work/2026', 'Work/2026/May', 'Почта']

const cases: [reference: string, pattern: string, matched: string[]][] = [
  ['', '*', names],
  ['', '%', ['INBOX', 'Work', 'Почта']],
  ['', 'inbox', ['INBOX']],
  ['', 'inbox/*', ['INBOX/Lists']],
  ['', 'Work*', ['Work', 'Work/2026', 'Work/2026/May']],
  ['', 'Work/%', ['Work/2026']],
  ['', '%/%', ['INBOX/Lists', 'Work/2026']],
  ['', '*/May', ['Work/2026/May']],
  ['', '%%%', ['INBOX', 'Work', 'Почта']],
  ['', '%*', names],
  ['', 'W%k', ['Work']],
  ['Work/', '%', ['Work/2026']],
  ['Work', '*', ['Work', 'Work/2026', 'Work/2026/May']],
  ['', 'По%', ['Почта']],
  ['', 'work', []],
  ['', '', []],
]
for (const [reference, pattern, matched] of cases) {
  test(`LIST "${reference}" "${pattern}"`, () =>
    assert.deepEqual(names.filter(namePattern(reference, [pattern])), matched))
}

test('several patterns match what any matches', () => {
  assert.deepEqual(names.filter(namePattern('', ['Work', 'INBOX'])), ['INBOX', 'Work'])
})

test('wildcards take no more than the product of the lengths', () => {
  const wanted = namePattern('', ['*a%'.repeat(200)])
  const started = performance.now()
  wanted(`${'a'.repeat(1000)}b`)
  assert.ok(performance.now() - started < 1000)
})
