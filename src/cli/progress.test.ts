import assert from 'node:assert/strict'
import { test } from 'node:test'
import { progress, progressLine } from './progress.ts'

const lines: [name: string, state: Parameters<typeof progressLine>[0], line: string][] = [
  [
    'a bar with rate and time left',
    { done: 420, total: 1000, unit: 'messages', elapsedMs: 2000, columns: 60, last: false },
    ' 42% [███████         ] 420/1,000 messages, 210/s, 3 s left',
  ],
  [
    'no bar away from a terminal',
    { done: 420, total: 1000, unit: 'messages', elapsedMs: 2000, columns: null, last: false },
    ' 42% 420/1,000 messages, 210/s, 3 s left',
  ],
  [
    'no bar where there is no room',
    { done: 1, total: 2, unit: 'messages', elapsedMs: 500, columns: 40, last: false },
    ' 50% 1/2 messages, 2/s, 1 s left',
  ],
  [
    'no total',
    { done: 3, total: null, unit: 'messages', elapsedMs: 2000, columns: 60, last: false },
    '3 messages, 1.5/s',
  ],
  [
    'the end tells the time it took',
    { done: 7200, total: 7200, unit: 'messages', elapsedMs: 3_661_000, columns: null, last: true },
    '100% 7,200/7,200 messages, 2/s, in 1 h 1 min',
  ],
  [
    'nothing to do',
    { done: 0, total: 0, unit: 'messages', elapsedMs: 0, columns: null, last: true },
    '100% 0/0 messages, 0/s, in 0 s',
  ],
  [
    'before the first one there is no guess',
    { done: 0, total: 5, unit: 'messages', elapsedMs: 10, columns: null, last: false },
    '  0% 0/5 messages, 0/s',
  ],
]

for (const [name, state, line] of lines) {
  test(`progress line: ${name}`, () => {
    assert.equal(progressLine(state), line)
    if (state.columns !== null) assert.ok(line.length < state.columns)
  })
}

function watched(redraws: boolean, silent = false) {
  const written: string[] = []
  let now = 0
  const bar = progress(
    { redraws, columns: 80, err: text => written.push(text) },
    { unit: 'messages', total: 100, silent, clock: { now: () => now } },
  )
  return { bar, written, wait: (ms: number) => (now += ms) }
}

test('progress: a terminal is redrawn ten times a second at most', () => {
  const { bar, written, wait } = watched(true)
  for (let done = 1; done <= 100; done++) {
    wait(10)
    bar.to(done)
  }
  bar.end()
  assert.equal(written.length, 11)
  assert.ok(written.every(text => text.startsWith('\r\x1b[K')))
  assert.match(written.at(-1)!, /^\r\x1b\[K100%.*\n$/)
})

test('progress: elsewhere a line every five seconds and one at the end', () => {
  const { bar, written, wait } = watched(false)
  for (let done = 1; done <= 100; done++) {
    wait(100)
    bar.to(done)
  }
  bar.end()
  assert.deepEqual(
    written.map(text => text.slice(0, 4)),
    [' 50%', '100%', '100%'],
  )
})

test('progress: silent says nothing', () => {
  const { bar, written, wait } = watched(false, true)
  wait(60_000)
  bar.to(50)
  bar.end()
  assert.deepEqual(written, [])
})
