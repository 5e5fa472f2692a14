import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Threads } from '#mail/thread-tree.ts'
import { FakeSession } from '#test/fake-session.ts'
import { openMemoryMail } from '#test/memory-mail.ts'
import { formatThreads, thread } from './thread.ts'

/** A message and its children; 0 is one that is missing. */
type Nested = readonly [number, ...Nested[]]

/** Trees as the core gives them: numbers are nodes counted from 1. */
function threadsOf(trees: readonly Nested[]): { threads: Threads; numbers: Uint32Array } {
  const shown: number[] = []
  const collect = ([number, ...children]: Nested): void => {
    if (number > 0) shown.push(number)
    children.forEach(collect)
  }
  trees.forEach(collect)
  const numbers = Uint32Array.from(shown).sort()
  const messages = numbers.length
  const firstChild = new Int32Array(messages + trees.length).fill(-1)
  const next = new Int32Array(messages + trees.length).fill(-1)
  let missing = messages
  const place = ([number, ...children]: Nested): number => {
    const node = number > 0 ? numbers.indexOf(number) : missing++
    const nodes = children.map(place)
    nodes.forEach((child, i) => {
      if (i === 0) firstChild[node] = child
      else next[nodes[i - 1]!] = child
    })
    return node
  }
  return { threads: { messages, roots: trees.map(place), firstChild, next }, numbers }
}

const formats: [trees: Nested[], wire: string][] = [
  [[], ''],
  [[[166], [167]], ' (166)(167)'],
  [[[2], [3, [6, [4, [23]], [44, [7, [96]]]]]], ' (2)(3 6 (4 23)(44 7 96))'],
  [[[0, [3], [5]]], ' ((3)(5))'],
  [[[0, [3, [4]], [5, [6], [7]]], [8]], ' ((3 4)(5 (6)(7)))(8)'],
  [
    [
      [194, [195]],
      [196, [197], [198]],
    ],
    ' (194 195)(196 (197)(198))',
  ],
  [
    [[0, [177], [183], [182], [188, [184], [189]], [185, [186]], [187]]],
    ' ((177)(183)(182)(188 (184)(189))(185 186)(187))',
  ],
  [[[1, [2, [3], [4]], [5]]], ' (1 (2 (3)(4))(5))'],
]

for (const [trees, wire] of formats) {
  test(`formatThreads:${wire || ' nothing'}`, () => {
    const { threads, numbers } = threadsOf(trees)
    assert.equal([...formatThreads(threads, numbers)].join(''), wire)
  })
}

test('formatThreads: a chain of a hundred thousand, each with a second answer', () => {
  const length = 100_000
  const firstChild = Int32Array.from({ length: 2 * length }, (_, i) => (i < length - 1 ? i + 1 : -1))
  const next = Int32Array.from({ length: 2 * length }, (_, i) => (i > 0 && i < length ? i + length : -1))
  const numbers = Uint32Array.from({ length: 2 * length }, (_, i) => i + 1)
  let depth = 0
  let deepest = 0
  let written = ''
  for (const piece of formatThreads({ messages: 2 * length, roots: [0], firstChild, next }, numbers)) {
    for (const c of piece) {
      if (c === '(') deepest = Math.max(deepest, ++depth)
      if (c === ')') depth--
    }
    written += piece
  }
  assert.equal(depth, 0)
  assert.equal(deepest, length)
  assert.deepEqual(new Set(written.match(/\d+/g)).size, 2 * length - 1)
})

const mail = (id: string, references: string, subject: string, day: number) => ({
  octets: `Message-ID: <${id}@x>\r\nReferences: ${references}\r\nSubject: ${subject}\r\nDate: ${day} Jan 2000 00:00:00 +0000\r\n\r\n`,
})

test('THREAD and UID THREAD', async () => {
  await using box = await openMemoryMail()
  await box.deliver(mail('0', '', 'gone', 1))
  await box.mail.metadata.expunge(box.mail.account, box.inbox, [[1, 1]], false)
  await box.deliver(
    mail('a', '', 'one', 1),
    mail('b', '<a@x>', 'Re: one', 2),
    mail('c', '', 'two', 3),
    mail('d', '<a@x>', 'two', 4),
  )
  const session = await FakeSession.on(box)
  assert.deepEqual(await session.run(thread, 'REFERENCES UTF-8 ALL'), ['* THREAD (1 (2)(4))(3)', 'OK THREAD done'])
  assert.deepEqual(await session.run(thread, 'ORDEREDSUBJECT UTF-8 ALL'), ['* THREAD (1 2)(3 4)', 'OK THREAD done'])
  assert.deepEqual(await session.run(thread, 'REFERENCES UTF-8 ALL', 'uid'), [
    '* THREAD (2 (3)(5))(4)',
    'OK THREAD done',
  ])
  // Messages that were not found take no part.
  assert.deepEqual(await session.run(thread, 'REFERENCES UTF-8 NOT 1'), ['* THREAD ((2)(4))(3)', 'OK THREAD done'])
  assert.deepEqual(await session.run(thread, 'REFERENCES UTF-8 DELETED'), ['* THREAD', 'OK THREAD done'])
})

test('THREAD: not with a part of what was asked for', async () => {
  await using box = await openMemoryMail()
  await box.deliver(mail('a', '', 'one', 1), mail('b', '', 'one', 2))
  const session = await FakeSession.on(box)
  session.messageLimit = 1
  assert.match((await session.run(thread, 'REFERENCES UTF-8 ALL'))[0]!, /^NO \[MESSAGELIMIT 1\] /)
  assert.deepEqual(await session.run(thread, 'REFERENCES UTF-8 2'), ['* THREAD (2)', 'OK THREAD done'])
})
