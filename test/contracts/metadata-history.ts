import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { AccountId, MailboxId, Modseq } from '#base/ids.ts'
import { Flag, type Flags, type UidRanges } from '#ports/metadata.ts'
import { ALL, newMessage, type StoreUnderTest } from './store-under-test.ts'

/** Random histories on three mailboxes against the simplest model there is: an array of entries per mailbox. */

type Entry = { uid: number; flags: Flags; keywords: string; modseq: number; octets: number }
type Box = { uidNext: number; modseq: number; entries: Entry[]; vanished: { uid: number; modseq: number }[] }

type Step =
  | { kind: 'append'; box: number; octets: number; flags: number; keywords: string[] }
  | {
      kind: 'store'
      box: number
      uids: UidRanges
      action: 'add' | 'remove' | 'replace'
      flags: number
      keywords: string[]
      since: boolean
    }
  | { kind: 'copy' | 'move'; box: number; uids: UidRanges; target: number }
  | { kind: 'expunge'; box: number; uids: UidRanges; onlyDeleted: boolean }

const box = fc.nat(2)
const flags = fc.integer({ min: 0, max: 31 })
const keywords = fc.subarray(['$Alpha', 'beta', 'Gamma'])
const uids: fc.Arbitrary<UidRanges> = fc.oneof(
  fc.constant(ALL),
  fc
    .uniqueArray(fc.integer({ min: 1, max: 14 }), { maxLength: 5 })
    .map(list => list.sort((a, b) => a - b).map(uid => [uid, uid] as const)),
  fc.tuple(fc.integer({ min: 1, max: 10 }), fc.nat(6)).map(([from, more]) => [[from, from + more]] as const),
)
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('append' as const), box, octets: fc.nat(50), flags, keywords }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('store' as const),
      box,
      uids,
      action: fc.constantFrom('add' as const, 'remove' as const, 'replace' as const),
      flags,
      keywords,
      since: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom('copy' as const, 'move' as const), box, uids, target: box }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('expunge' as const), box, uids, onlyDeleted: fc.boolean() }) },
)

export function historyContract(open: () => Promise<StoreUnderTest>): void {
  test('random histories end where the model ends, and every past modseq catches up', async () => {
    const store = await open()
    try {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 25 }), steps => follow(store, steps)),
        { numRuns: 40 },
      )
    } finally {
      await store.close()
    }
  })
}

async function follow(store: StoreUnderTest, steps: readonly Step[]): Promise<void> {
  const account = await store.createAccount()
  const rows = await store.metadata.createMailboxes(account, [{ name: 'a' }, { name: 'b' }, { name: 'c' }])
  const ids = rows.map(row => row.id)
  const boxes: Box[] = rows.map(row => ({ uidNext: 1, modseq: row.modseq, entries: [], vanished: [] }))
  const past: { revision: number; known: Set<number>[] }[] = []
  for (const next of steps) {
    const { revision } = await store.metadata.account(account)
    past.push({ revision, known: boxes.map(({ entries }) => new Set(entries.map(({ uid }) => uid))) })
    await take(store, account, ids, boxes, next, revision)
  }
  for (const [i, id] of ids.entries()) {
    await assertSame(store, account, id, boxes[i]!)
    for (const { revision, known } of past) await assertCatchesUp(store, account, id, boxes[i]!, revision, known[i]!)
  }
  const all = boxes.flatMap(({ entries }) => entries)
  const { used } = await store.metadata.account(account)
  assert.deepEqual(used, { octets: all.reduce((sum, { octets }) => sum + octets, 0), messages: all.length })
}

const inside = (ranges: UidRanges, uid: number) => ranges.some(([from, to]) => uid >= from && uid <= to)
const canonical = (words: Iterable<string>) =>
  [...new Set(words)].sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1)).join(' ')
const words = (text: string) => text.split(' ').filter(word => word !== '')

async function take(
  store: StoreUnderTest,
  account: AccountId,
  ids: readonly MailboxId[],
  boxes: readonly Box[],
  next: Step,
  revision: number,
): Promise<void> {
  const { metadata } = store
  const id = ids[next.box]!
  const own = boxes[next.box]!
  const modseq = revision + 1
  const stamp = (changed: Box, happened: boolean) => {
    if (happened) changed.modseq = modseq
  }
  if (next.kind === 'append') {
    const { octets, flags, keywords } = next
    await metadata.append(account, id, [await newMessage(store, { octets, flags, keywords: [...keywords].reverse() })])
    own.entries.push({ uid: own.uidNext++, flags, keywords: canonical(keywords), modseq, octets })
    stamp(own, true)
  } else if (next.kind === 'store') {
    const since = next.since ? { unchangedSince: Math.floor((own.modseq + revision) / 2) - 1 } : {}
    const done = await metadata.setFlags(account, id, { ...next, ...since })
    const hit = own.entries.filter(({ uid }) => inside(next.uids, uid))
    const spared = hit.filter(entry => since.unchangedSince !== undefined && entry.modseq > since.unchangedSince)
    const changed = hit.filter(entry => !spared.includes(entry) && applyFlags(entry, next, modseq))
    assert.deepEqual(
      [[...done.changed], [...done.modified]],
      [changed, spared].map(list => list.map(({ uid }) => uid)),
    )
    stamp(own, changed.length > 0)
    assert.equal(done.modseq, own.modseq)
  } else if (next.kind === 'expunge') {
    const done = await metadata.expunge(account, id, next.uids, next.onlyDeleted)
    const gone = own.entries.filter(
      ({ uid, flags }) => inside(next.uids, uid) && (!next.onlyDeleted || (flags & Flag.deleted) !== 0),
    )
    assert.deepEqual(
      [...done.uids],
      gone.map(({ uid }) => uid),
    )
    remove(own, gone, modseq)
    stamp(own, gone.length > 0)
  } else {
    const target = boxes[next.target]!
    const done = await metadata[next.kind](account, id, next.uids, ids[next.target]!)
    const taken = own.entries.filter(({ uid }) => inside(next.uids, uid))
    const copies = taken.map(entry => ({ ...entry, uid: target.uidNext++, modseq }))
    assert.deepEqual(
      [[...done.from], [...done.to]],
      [taken, copies].map(list => list.map(({ uid }) => uid)),
    )
    if (next.kind === 'move') remove(own, taken, modseq)
    target.entries.push(...copies)
    stamp(target, taken.length > 0)
    if (next.kind === 'move') stamp(own, taken.length > 0)
  }
}

function applyFlags(entry: Entry, next: Extract<Step, { kind: 'store' }>, modseq: number): boolean {
  const before = `${entry.flags} ${entry.keywords}`
  if (next.action === 'add') {
    entry.flags |= next.flags
    entry.keywords = canonical([...words(entry.keywords), ...next.keywords])
  } else if (next.action === 'remove') {
    entry.flags &= ~next.flags
    entry.keywords = canonical(words(entry.keywords).filter(word => !next.keywords.includes(word)))
  } else {
    entry.flags = next.flags
    entry.keywords = canonical(next.keywords)
  }
  if (before === `${entry.flags} ${entry.keywords}`) return false
  entry.modseq = modseq
  return true
}

function remove(own: Box, gone: readonly Entry[], modseq: number): void {
  own.entries = own.entries.filter(entry => !gone.includes(entry))
  own.vanished.push(...gone.map(({ uid }) => ({ uid, modseq })))
}

async function assertSame(store: StoreUnderTest, account: AccountId, id: MailboxId, model: Box): Promise<void> {
  const row = (await store.metadata.mailbox(account, id))!
  const sum = (list: readonly Entry[]) => list.reduce((total, { octets }) => total + octets, 0)
  const deleted = model.entries.filter(({ flags }) => (flags & Flag.deleted) !== 0)
  assert.deepEqual(
    [row.uidNext, row.modseq, row.messages, row.unseen, row.deleted, row.octets, row.deletedOctets],
    [
      model.uidNext,
      model.modseq,
      model.entries.length,
      model.entries.filter(({ flags }) => (flags & Flag.seen) === 0).length,
      deleted.length,
      sum(model.entries),
      sum(deleted),
    ],
  )
  const found = await store.metadata.entries(account, id, 0, 1000)
  assert.deepEqual(
    Array.from({ length: found.length }, (_, i) => [found.uid[i], found.flags[i], found.keywords[i], found.modseq[i]]),
    model.entries.map(({ uid, flags, keywords, modseq }) => [uid, flags, keywords, modseq]),
  )
}

/** A client that knew `known` at `revision` must, by what it is told, come to know what there is now. */
async function assertCatchesUp(
  store: StoreUnderTest,
  account: AccountId,
  id: MailboxId,
  model: Box,
  revision: number,
  known: ReadonlySet<number>,
): Promise<void> {
  const { metadata } = store
  const since = await metadata.changesSince(account, id, revision as Modseq)
  assert.deepEqual(
    [...since.changed.uid],
    model.entries.filter(({ modseq }) => modseq > revision).map(({ uid }) => uid),
  )
  const vanished = model.vanished.filter(({ modseq }) => modseq > revision).map(({ uid }) => uid)
  vanished.sort((a, b) => a - b)
  assert.deepEqual([...since.vanished], vanished)
  assert.deepEqual([...(await metadata.vanishedSince(account, id, revision))!], vanished)
  const now = new Set([...known, ...since.changed.uid])
  for (const uid of since.vanished) now.delete(uid)
  assert.deepEqual(now, new Set(model.entries.map(({ uid }) => uid)))
}
