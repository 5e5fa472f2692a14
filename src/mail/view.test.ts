import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { mailboxId, modseq } from '#base/ids.ts'
import type { Changes, EntryColumns, MailboxRow } from '#ports/metadata.ts'
import { MailboxState } from './state.ts'
import { View } from './view.ts'

type Row = { uid: number; flags: number; modseq: number }

const columns = (rows: readonly Row[]): EntryColumns => ({
  length: rows.length,
  uid: Uint32Array.from(rows, row => row.uid),
  modseq: Float64Array.from(rows, row => row.modseq),
  flags: Uint8Array.from(rows, row => row.flags),
  keywords: rows.map(() => ''),
  octets: new Float64Array(rows.length),
  receivedAt: new Float64Array(rows.length),
  zone: new Int16Array(rows.length),
  savedAt: new Float64Array(rows.length),
  message: Float64Array.from(rows, row => row.uid),
  thread: new Float64Array(rows.length),
})

/** A mailbox as the store would tell of it. */
class Mailbox {
  rows: Row[] = []
  revision = 1
  uidNext = 1
  readonly state = new MailboxState({ id: mailboxId(1), uidValidity: 1, uidNext: 1, modseq: modseq(1) } as MailboxRow)

  append(count = 1): number {
    this.revision++
    const added = Array.from({ length: count }, () => ({ uid: this.uidNext++, flags: 0, modseq: this.revision }))
    this.rows.push(...added)
    return this.#tell(added, [])
  }

  flag(uids: readonly number[]): number {
    this.revision++
    const changed = this.rows.filter(row => uids.includes(row.uid))
    for (const row of changed) Object.assign(row, { flags: row.flags ^ 1, modseq: this.revision })
    return this.#tell(changed, [])
  }

  expunge(uids: readonly number[]): number {
    this.revision++
    const gone = this.rows.filter(row => uids.includes(row.uid)).map(row => row.uid)
    this.rows = this.rows.filter(row => !gone.includes(row.uid))
    return this.#tell([], gone)
  }

  wake(): boolean {
    if (!this.state.resting) return false
    this.state.wake(this.#read())
    return true
  }

  /** As a page of the store. */
  #read(): MailboxState {
    const row = { id: mailboxId(1), uidValidity: 1, uidNext: this.uidNext, modseq: modseq(this.revision) }
    const state = new MailboxState(row as MailboxRow)
    state.apply({ ...row, changed: columns(this.rows), vanished: new Uint32Array(0), complete: true })
    return state
  }

  #tell(changed: readonly Row[], vanished: readonly number[]): number {
    if (this.wake()) return this.revision
    const changes: Changes = {
      modseq: modseq(this.revision),
      uidNext: this.uidNext,
      changed: columns(changed),
      vanished: Uint32Array.from(vanished),
      complete: true,
    }
    this.state.apply(changes)
    return this.revision
  }
}

/** What a client believes when it hears the news. */
class Client {
  uids: number[]
  readonly view: View

  constructor(state: MailboxState) {
    this.view = new View(state, false)
    this.uids = [...this.view.uids]
  }

  sync(mayExpunge: boolean): readonly number[] {
    const news = this.view.sync(mayExpunge)
    for (const seq of news.expunged.seqs) this.uids.splice(seq - 1, 1)
    if (news.exists !== null) {
      assert.ok(news.exists > this.uids.length, 'EXISTS only grows')
      for (let seq = this.uids.length + 1; seq <= news.exists; seq++) this.uids.push(this.view.uidAt(seq))
    }
    return news.changed
  }
}

test('a view tells of nothing when nothing happened', () => {
  const mailbox = new Mailbox()
  mailbox.append(3)
  const client = new Client(mailbox.state)
  assert.deepEqual(client.view.sync(true), { expunged: { uids: [], seqs: [] }, exists: null, changed: [] })
})

test('an expunge is held back, its message stays readable, and is told later', () => {
  const mailbox = new Mailbox()
  mailbox.append(3)
  const client = new Client(mailbox.state)
  mailbox.expunge([2])
  client.sync(false)
  assert.deepEqual(client.uids, [1, 2, 3])
  assert.equal(client.view.find(2)?.uid, 2)
  mailbox.append()
  client.sync(false)
  assert.deepEqual(client.uids, [1, 2, 3, 4])
  client.sync(true)
  assert.deepEqual(client.uids, [1, 3, 4])
  assert.equal(client.view.find(2), null)
})

test('a state that rests is read again, and its sessions are told what happened meanwhile', () => {
  const mailbox = new Mailbox()
  mailbox.append(6)
  mailbox.expunge([2])
  const clients = [0, 1].map(() => new Client(mailbox.state))
  clients[0]!.view.dozes = true
  mailbox.state.rest()
  assert.equal(mailbox.state.resting, false, 'one session is awake')
  clients[1]!.view.dozes = true
  mailbox.state.rest()
  assert.equal(mailbox.state.resting, true)
  assert.equal(clients[0]!.view.exists, 5)
  mailbox.expunge([1, 5])
  assert.equal(mailbox.state.resting, false)
  mailbox.flag([3])
  mailbox.append(2)
  for (const client of clients) {
    assert.deepEqual(client.sync(true), [3])
    assert.deepEqual(client.uids, [3, 4, 6, 7, 8])
  }
})

test('a state does not rest while a session has not been told of an expunge', () => {
  const mailbox = new Mailbox()
  mailbox.append(3)
  const client = new Client(mailbox.state)
  client.view.dozes = true
  mailbox.expunge([2])
  mailbox.state.rest()
  assert.equal(mailbox.state.resting, false)
  client.sync(true)
  mailbox.state.rest()
  assert.equal(mailbox.state.resting, true)
})

test('expunges are told with the highest number first', () => {
  const mailbox = new Mailbox()
  mailbox.append(5)
  const view = new View(mailbox.state, false)
  mailbox.expunge([1, 3, 5])
  assert.deepEqual(view.sync(true).expunged.seqs, [5, 3, 1])
})

test('own changes are not told again, those of others are', () => {
  const mailbox = new Mailbox()
  mailbox.append(3)
  const view = new View(mailbox.state, false)
  view.knows(mailbox.flag([1]))
  mailbox.flag([2])
  assert.deepEqual(view.sync(false).changed, [2])
  assert.deepEqual(view.sync(false).changed, [])
})

test('recent messages are counted only where they are still there', () => {
  const mailbox = new Mailbox()
  mailbox.append(4)
  const view = new View(mailbox.state, false)
  view.addRecent({ from: 2, to: 5 })
  assert.equal(view.recentCount(), 3)
  mailbox.expunge([3])
  view.sync(true)
  assert.equal(view.recentCount(), 2)
  assert.equal(view.isRecent(1), false)
  assert.equal(view.isRecent(4), true)
})

const sets: [name: string, set: [number, number][], numbering: 'seq' | 'uid', uids: number[]][] = [
  ['sequence numbers', [[1, 2]], 'seq', [10, 20]],
  ['* is the last', [[Infinity, Infinity]], 'seq', [40]],
  ['a UID range reaches what lies in it', [[15, 35]], 'uid', [20, 30]],
  ['n:* beyond the last names the last', [[99, Infinity]], 'uid', [40]],
  ['ends in either order', [[4, 2]], 'seq', [20, 30, 40]],
  ['the whole number range costs nothing', [[1, 0xffff_ffff]], 'uid', [10, 20, 30, 40]],
  [
    'overlaps count once, out of order too',
    [
      [30, 40],
      [10, 30],
    ],
    'uid',
    [10, 20, 30, 40],
  ],
  [
    'a range inside another',
    [
      [10, 40],
      [20, 20],
      [40, 40],
    ],
    'uid',
    [10, 20, 30, 40],
  ],
  ['nothing there', [[11, 19]], 'uid', []],
]
for (const [name, set, numbering, uids] of sets) {
  test(`resolve: ${name}`, () => {
    const mailbox = new Mailbox()
    for (const uid of [10, 20, 30, 40]) {
      mailbox.uidNext = uid
      mailbox.append()
    }
    assert.deepEqual([...new View(mailbox.state, false).resolve(set, numbering)], uids)
  })
}

const beyond: [name: string, set: [number, number][], messages: number, exceeds: boolean][] = [
  ['the last', [[4, 4]], 4, false],
  ['one past the last', [[5, 5]], 4, true],
  ['a range that ends past the last', [[1, 0xffff_ffff]], 4, false],
  ['a range past the last', [[5, 9]], 4, true],
  ['*', [[Infinity, Infinity]], 4, false],
  ['n:* past the last', [[9, Infinity]], 4, false],
  ['* of nothing', [[1, Infinity]], 0, false],
  ['1 of nothing', [[1, 1]], 0, true],
]
for (const [name, set, messages, exceeds] of beyond) {
  test(`exceeds: ${name}`, () => {
    const mailbox = new Mailbox()
    if (messages > 0) mailbox.append(messages)
    assert.equal(new View(mailbox.state, false).exceeds(set), exceeds)
  })
}

const step = fc.oneof(
  fc.record({ do: fc.constant('append' as const), count: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ do: fc.constant('expunge' as const), uids: fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 5 }) }),
  fc.record({ do: fc.constant('flag' as const), uids: fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 5 }) }),
  fc.record({ do: fc.constant('sync' as const), client: fc.integer({ min: 0, max: 2 }), mayExpunge: fc.boolean() }),
  fc.record({ do: fc.constant('rest' as const) }),
  fc.record({ do: fc.constant('open' as const), client: fc.integer({ min: 0, max: 2 }) }),
)

test('whatever happens, every client can follow', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), steps => {
      const mailbox = new Mailbox()
      mailbox.append(4)
      const clients = [0, 1, 2].map(() => new Client(mailbox.state))
      for (const each of steps) {
        if (each.do === 'append') mailbox.append(each.count)
        else if (each.do === 'expunge') mailbox.expunge(each.uids)
        else if (each.do === 'flag') mailbox.flag(each.uids)
        else if (each.do === 'open') {
          clients[each.client]!.view.close()
          mailbox.wake()
          clients[each.client] = new Client(mailbox.state)
        } else if (each.do === 'rest') {
          for (const { view } of clients) view.dozes = true
          mailbox.state.rest()
        } else {
          const client = clients[each.client]!
          // Whoever reads has the state read first, and whoever dozed is told all at once.
          mailbox.wake()
          client.sync(each.mayExpunge || client.view.dozes)
          client.view.dozes = false
        }
        for (const { view, uids } of clients) {
          assert.equal(view.exists, uids.length)
          if (mailbox.state.resting) continue
          assert.deepEqual([...view.uids], uids)
          if (view.dozes) continue
          for (const uid of uids) assert.ok(view.find(uid), `${uid} is counted, so it must be readable`)
        }
      }
      mailbox.wake()
      for (const client of clients) {
        client.sync(true)
        assert.deepEqual(
          client.uids,
          mailbox.rows.map(row => row.uid),
        )
      }
      assert.equal(mailbox.state.ghosts.size, 0)
    }),
    { numRuns: 500 },
  )
})
