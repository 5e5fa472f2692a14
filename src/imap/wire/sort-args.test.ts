import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Refusal, SyntaxFault } from '#base/errors.ts'
import { Args } from './reader.ts'
import { parseSortArgs, parseThreadArgs } from './sort-args.ts'

const all = { key: 'ALL' } as const

test('SORT: as aerc sends it', () => {
  assert.deepEqual(parseSortArgs(Args.of(' (REVERSE ARRIVAL) "UTF-8" ALL')), {
    returns: null,
    keys: [{ by: 'ARRIVAL', reverse: true }],
    charset: 'UTF-8',
    program: all,
  })
})

test('SORT: all keys', () => {
  const text = ' ( subject REVERSE DATE FROM TO CC SIZE DISPLAYFROM reverse DISPLAYTO ) US-ASCII ALL'
  assert.deepEqual(
    parseSortArgs(Args.of(text)).keys.map(({ by, reverse }) => (reverse ? `-${by}` : by)),
    ['SUBJECT', '-DATE', 'FROM', 'TO', 'CC', 'SIZE', 'DISPLAYFROM', '-DISPLAYTO'],
  )
})

test('SORT: with RETURN', () => {
  const { returns } = parseSortArgs(Args.of(' RETURN (COUNT PARTIAL 1:5) (DATE) UTF-8 ALL'))
  assert.deepEqual(returns, {
    min: false,
    max: false,
    all: false,
    count: true,
    save: false,
    partial: { from: 1, to: 5 },
  })
})

test('THREAD', () => {
  const references = { algorithm: 'REFERENCES', charset: 'UTF-8', program: all }
  assert.deepEqual(parseThreadArgs(Args.of(' references UTF-8 ALL')), references)
  assert.equal(parseThreadArgs(Args.of(' ORDEREDSUBJECT "US-ASCII" ALL')).algorithm, 'ORDEREDSUBJECT')
})

for (const text of [
  '',
  ' (DATE) UTF-8',
  ' () UTF-8 ALL',
  ' (FOO) UTF-8 ALL',
  ' (REVERSE) UTF-8 ALL',
  ' DATE UTF-8 ALL',
  ' (DATE)UTF-8 ALL',
]) {
  test(`SORT${text} is not understood`, () => assert.throws(() => parseSortArgs(Args.of(text)), SyntaxFault))
}
for (const text of ['', ' REFS UTF-8 ALL', ' REFERENCES UTF-8', ' REFERENCES']) {
  test(`THREAD${text} is not understood`, () => assert.throws(() => parseThreadArgs(Args.of(text)), SyntaxFault))
}

test('SORT and THREAD: an unknown charset is refused', () => {
  assert.throws(() => parseSortArgs(Args.of(' (DATE) X-FOO ALL')), Refusal)
  assert.throws(() => parseThreadArgs(Args.of(' REFERENCES X-FOO ALL')), Refusal)
})
