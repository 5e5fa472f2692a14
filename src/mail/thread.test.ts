import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { baseSubject } from '#mime/subject.ts'
import { openMemoryMail } from '#test/memory-mail.ts'
import { Pace } from './search-pace.ts'
import { rowsOf } from './search-rows.ts'
import { threadBySubject, threadFound } from './thread.ts'
import { References } from './thread-references.ts'
import { mergeSubjects } from './thread-subjects.ts'
import type { Threads } from './thread-tree.ts'

/** `at` is the sent date; what is left out is the message's number. */
type Sketch = { id?: string | null | undefined; refs?: string[]; subject?: string; at?: number }

async function byReferences(sketches: readonly Sketch[]): Promise<Threads> {
  const references = new References(sketches.length)
  for (const [i, { id, refs }] of sketches.entries()) references.add(i, id === undefined ? `${i + 1}` : id, refs ?? [])
  const subjects = sketches.map(({ subject }, i) => baseSubject(subject ?? `s${i}`))
  const sent = sketches.map(({ at }, i) => at ?? i)
  const order = Uint32Array.from(sketches.keys()).sort((a, b) => sent[a]! - sent[b]! || a - b)
  return mergeSubjects(
    await references.link(new Pace()),
    subjects.map(({ base }) => base.toUpperCase()),
    Uint8Array.from(subjects, ({ isReply }) => (isReply ? 1 : 0)),
    order,
    new Pace(),
  )
}

/** Trees as nested lists: a message is [number, ...children], what is missing is [0, ...children]. Small ones only. */
type Nested = readonly [number, ...Nested[]]

function nested({ roots, firstChild, next, messages }: Threads): Nested[] {
  const tree = (node: number): Nested => {
    const children: Nested[] = []
    for (let child = firstChild[node]!; child >= 0; child = next[child]!) children.push(tree(child))
    return [node < messages ? node + 1 : 0, ...children]
  }
  return roots.map(tree)
}

const cases: [name: string, sketches: Sketch[], expected: Nested[]][] = [
  ['nothing', [], []],
  ['strangers', [{}, {}], [[1], [2]]],
  ['a reply', [{ id: 'a' }, { refs: ['a'] }], [[1, [2]]]],
  [
    'a reply that came first',
    [
      { refs: ['a'], at: 1 },
      { id: 'a', at: 0 },
    ],
    [[2, [1]]],
  ],
  ['a chain', [{ id: 'a' }, { id: 'b', refs: ['a'] }, { refs: ['a', 'b'] }], [[1, [2, [3]]]]],
  [
    'siblings by date',
    [
      { id: 'a', at: 0 },
      { refs: ['a'], at: 9 },
      { refs: ['a'], at: 5 },
    ],
    [[1, [3], [2]]],
  ],
  ['a missing parent of one goes', [{ refs: ['x'] }], [[1]]],
  ['a missing parent of two stays', [{ refs: ['x'] }, { refs: ['x'] }], [[0, [1], [2]]]],
  ['a missing message in the middle goes', [{ id: 'a' }, { refs: ['a', 'x'] }, { refs: ['a', 'x'] }], [[1, [2], [3]]]],
  ['missing ones below a missing one go', [{ refs: ['x', 'y'] }, { refs: ['x', 'z'] }], [[0, [1], [2]]]],
  [
    'a missing root stands where its first child would',
    [{ at: 2 }, { refs: ['x'], at: 3 }, { refs: ['x'], at: 1 }],
    [[0, [3], [2]], [1]],
  ],
  ['ids that two have belong to the first', [{ id: 'a' }, { id: 'a', subject: 'q' }, { refs: ['a'] }], [[1, [3]], [2]]],
  ['ids are told apart by case', [{ id: 'a' }, { refs: ['A'] }], [[1], [2]]],
  ['no id is not an id that others share', [{ id: null }, { id: null }], [[1], [2]]],
  ['itself', [{ id: 'a', refs: ['a'] }], [[1]]],
  [
    'two that name each other',
    [
      { id: 'a', refs: ['b'] },
      { id: 'b', refs: ['a'] },
    ],
    [[2, [1]]],
  ],
  [
    'a cut list is mended by the message itself',
    [{ id: 'a' }, { refs: ['a', 'c'] }, { id: 'c', refs: ['b'] }, { id: 'b', refs: ['a'] }],
    [[1, [4, [3, [2]]]]],
  ],
  [
    'a message that names nobody has no parent whatever others say',
    [{ id: 'a' }, { refs: ['a', 'b'] }, { id: 'b' }],
    [[1], [3, [2]]],
  ],
  ['a reply without references comes under its subject', [{ subject: 'x' }, { subject: 'Re: x' }], [[1, [2]]]],
  ['also when it came first', [{ subject: 'Re: X' }, { subject: 'x' }], [[2, [1]]]],
  ['equal subjects are siblings', [{ subject: 'x' }, { subject: 'x' }], [[0, [1], [2]]]],
  [
    'two replies are siblings',
    [{ subject: 'Re: x' }, { subject: 'Re: x' }, { subject: 'Fwd: x' }],
    [[0, [1], [2], [3]]],
  ],
  ['empty subjects have nothing in common', [{ subject: '' }, { subject: 'Re:' }], [[1], [2]]],
  [
    'threads without their beginning come together',
    [{ refs: ['x'], subject: 'q' }, { refs: ['x'] }, { refs: ['y'], subject: 'Re: q' }, { refs: ['y'] }],
    [[0, [1], [2], [3], [4]]],
  ],
  [
    'a stranger joins a thread without its beginning',
    [{ refs: ['x'], subject: 'q' }, { refs: ['x'] }, { subject: 'q', at: -1 }],
    [[0, [3], [1], [2]]],
  ],
]

for (const [name, sketches, expected] of cases) {
  test(`references: ${name}`, async () => assert.deepEqual(nested(await byReferences(sketches)), expected))
}

test('ordered subject: one level below the first, by date', async () => {
  const order = Uint32Array.of(1, 2, 0, 3, 4)
  assert.deepEqual(nested(await threadBySubject(['B', 'A', 'B', 'A', 'B'], order, new Pace())), [
    [2, [4]],
    [3, [1], [5]],
  ])
})

test('threadFound: reads what it needs from the store', async () => {
  await using box = await openMemoryMail()
  const date = (minute: number) => `Date: Mon, 3 Jan 2000 10:${minute} +0000\r\n`
  await box.deliver(
    { octets: `Message-ID: <"quoted"@x>\r\nSubject: one\r\n${date(10)}\r\n` },
    { octets: `Message-ID: <2@x>\r\nIn-Reply-To: your message <quoted@x> of today\r\nSubject: two\r\n${date(12)}\r\n` },
    { octets: `References: <quoted@x>\r\n\t<2@x>\r\nSubject: three\r\n${date(11)}\r\n` },
    { octets: 'Subject: Re: TWO\r\n\r\n', receivedAt: 0 },
    { octets: `Subject: Grüße\r\n${date(13)}\r\n` },
    { octets: `Subject: Re: =?utf-8?Q?GR=C3=9CSSE?=\r\n${date(14)}\r\n` },
  )
  const rows = rowsOf(await box.select())
  const found = { rows, positions: Uint32Array.from({ length: rows.length }, (_, at) => at) }
  const of = async (algorithm: 'ORDEREDSUBJECT' | 'REFERENCES') =>
    nested(await threadFound(box.mail, box.inbox, found, algorithm, new Pace()))
  assert.deepEqual(await of('REFERENCES'), [[4], [1, [2, [3]]], [5, [6]]])
  assert.deepEqual(await of('ORDEREDSUBJECT'), [[4, [2]], [1], [3], [5, [6]]])
})

/** RFC 5256 §3 REFERENCES as it is written, step by step, on objects. */
class Literal {
  parent: Literal | null = null
  children: Literal[] = []
  /** -1 for a dummy. */
  readonly index: number
  constructor(index = -1) {
    this.index = index
  }
}

function literally(sketches: readonly Sketch[]): Nested[] {
  const sent = (node: Literal): number =>
    node.index < 0 ? Math.min(...node.children.map(sent)) : (sketches[node.index]!.at ?? node.index)
  const tie = (node: Literal): number => (node.index >= 0 ? node.index : tie([...node.children].sort(byDate)[0]!))
  const byDate = (a: Literal, b: Literal): number => sent(a) - sent(b) || tie(a) - tie(b)
  const cut = (node: Literal) => {
    if (node.parent) node.parent.children = node.parent.children.filter(each => each !== node)
    node.parent = null
  }
  const below = (node: Literal | null, ancestor: Literal): boolean =>
    node !== null && (node === ancestor || below(node.parent, ancestor))
  const put = (parent: Literal, child: Literal) => {
    if (below(parent, child)) return
    child.parent = parent
    parent.children.push(child)
  }
  const messages = sketches.map((_, i) => new Literal(i))
  const table = new Map<string, Literal>()
  for (const [i, { id }] of sketches.entries()) {
    const key = id === undefined ? `${i + 1}` : id
    if (key !== null && !table.has(key)) table.set(key, messages[i]!)
  }
  const all = [...messages]
  for (const [i, { refs = [] }] of sketches.entries()) {
    const nodes = refs.map(ref => {
      const known = table.get(ref) ?? new Literal()
      if (!table.has(ref)) all.push(known)
      table.set(ref, known)
      return known
    })
    for (let k = 1; k < nodes.length; k++) if (!nodes[k]!.parent) put(nodes[k - 1]!, nodes[k]!)
    cut(messages[i]!)
    if (nodes.length > 0) put(nodes[nodes.length - 1]!, messages[i]!)
  }
  const prune = (nodes: Literal[], top: boolean): Literal[] =>
    nodes.flatMap(node => {
      node.children = prune(node.children, false)
      for (const child of node.children) child.parent = node
      if (node.index >= 0 || (top && node.children.length > 1)) return [node]
      return node.children
    })
  let roots = prune(
    all.filter(node => !node.parent),
    true,
  ).sort(byDate)
  const lead = (node: Literal) =>
    baseSubject(sketches[(node.index >= 0 ? node : [...node.children].sort(byDate)[0]!).index]!.subject ?? '')
  const isReply = (node: Literal) => node.index >= 0 && lead(node).isReply
  const subjects = new Map<string, Literal>()
  for (const root of roots) {
    const { base } = lead(root)
    const known = subjects.get(base)
    if (base === '') continue
    if (!known || (known.index >= 0 && (root.index < 0 || (isReply(known) && !isReply(root))))) subjects.set(base, root)
  }
  const gone = new Set<Literal>()
  for (const root of [...roots]) {
    const { base } = lead(root)
    const known = subjects.get(base)
    if (base === '' || !known || known === root) continue
    gone.add(root)
    if (known.index < 0 && root.index < 0) known.children.push(...root.children)
    else if (known.index < 0 || (isReply(root) && !isReply(known))) known.children.push(root)
    else {
      const dummy = new Literal()
      dummy.children = [known, root]
      gone.add(known)
      roots.push(dummy)
      subjects.set(base, dummy)
    }
  }
  roots = roots.filter(root => !gone.has(root))
  const shown = (node: Literal): Nested => [node.index + 1, ...node.children.sort(byDate).map(shown)]
  return roots.sort(byDate).map(shown)
}

test('references: as the RFC says, step by step', async () => {
  const id = fc.constantFrom('a', 'b', 'c', 'd', 'x', 'y')
  const sketch: fc.Arbitrary<Sketch> = fc.record({
    id: fc.option(id, { freq: 5 }),
    refs: fc.array(id, { maxLength: 4 }),
    subject: fc.constantFrom('', 'p', 'q', 'Re: p', 'Fwd: q', 'r', 's', 't'),
    at: fc.integer({ min: 0, max: 5 }),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(sketch, { maxLength: 10 }), async sketches => {
      assert.deepEqual(nested(await byReferences(sketches)), literally(sketches))
    }),
    { numRuns: 3000 },
  )
})

test('references: a chain of fifty thousand, in either direction', async () => {
  const length = 50_000
  const chain = Array.from({ length }, (_, i) => ({ id: `m${i}`, refs: i === 0 ? [] : [`m${i - 1}`], at: i }))
  for (const sketches of [chain, chain.toReversed()]) {
    const { roots, firstChild, next } = await byReferences(sketches)
    assert.equal(roots.length, 1)
    let depth = 1
    for (let at = roots[0]!; firstChild[at]! >= 0; at = firstChild[at]!, depth++) assert.equal(next[at], -1)
    assert.equal(depth, length)
  }
})
