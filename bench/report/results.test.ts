import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Metric, Outcome } from '../job.ts'
import type { Scenario } from '../scenarios/scenario.ts'
import { collect, median, percentile } from './results.ts'
import { figure } from './table.ts'

const scenario: Scenario = { name: 's', title: 'S', run: async () => {} }
const outcome = (value: number, more: boolean, answer = 'same'): Outcome => {
  const metric: Metric = { name: 'm', value, unit: more ? 'per s' : 'ms', more }
  return { metrics: [metric], loadShare: 0.5, answers: { thread: answer }, notes: [] }
}
const of = (ours: Outcome[], peer: Outcome[]) =>
  collect(
    scenario,
    new Map([
      ['ours', ours],
      ['peer', peer],
    ]),
    new Map(),
  )

test('collect: twice as many a second is a ratio of 2', () => {
  const { rows } = of([outcome(200, true), outcome(90, true)], [outcome(100, true), outcome(30, true)])
  assert.deepEqual(rows[0]?.ratios, [2, 3])
})

test('collect: half the time is a ratio of 2', () => {
  assert.deepEqual(of([outcome(5, false)], [outcome(10, false)]).rows[0]?.ratios, [2])
})

test('collect: rounds that the peer did not finish have no ratio', () => {
  assert.deepEqual(of([outcome(5, false), outcome(5, false)], [outcome(10, false)]).rows[0]?.ratios, [2])
})

test('collect: servers that answer differently fail', () => {
  const { failures } = of([outcome(1, true, 'one')], [outcome(1, true, 'another')])
  assert.match(failures.both ?? '', /thread/)
})

test('collect: servers that answer alike do not', () => {
  assert.deepEqual(of([outcome(1, true)], [outcome(1, true)]).failures, {})
})

const medians: [name: string, values: number[], expected: number][] = [
  ['one', [3], 3],
  ['odd', [9, 1, 5], 5],
  ['even', [1, 2, 10, 3], 2.5],
  ['none', [], Number.NaN],
]
for (const [name, values, expected] of medians) test(`median: ${name}`, () => assert.equal(median(values), expected))

test('percentile: the 99th of a hundred, the largest of few', () => {
  const hundred = Array.from({ length: 100 }, (_, i) => i + 1)
  assert.equal(percentile(hundred, 0.99), 99)
  assert.equal(percentile([1, 2, 3], 0.99), 3)
  assert.equal(percentile([1, 2, 3], 0.5), 2)
})

const figures: [value: number, text: string][] = [
  [0, '0'],
  [0.012345, '0.0123'],
  [12.345, '12.3'],
  [999.4, '999'],
  [12_345.6, '12,346'],
  [Number.NaN, '–'],
]
for (const [value, text] of figures) test(`figure: ${value}`, () => assert.equal(figure(value), text))
