import assert from 'node:assert/strict'
import { appendFileSync, existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import type { Modseq } from '#base/ids.ts'
import { checkStore, openStoreInProcess } from '#drivers/embedded/store.ts'
import { bodyOf, directory, put, segmentsOf } from './data-directory.ts'
import { ALL, bytesFor, inboxOf, linesOf, readAll } from './store-under-test.ts'

test('a torn tail of a segment is nobody’s mail', async t => {
  const root = await directory(t)
  const store = await openStoreInProcess(root)
  const account = await store.createAccount()
  const inbox = await inboxOf(store, account)
  await put(store, account, inbox, [1, 2])
  await store.close()
  const [segment = ''] = segmentsOf(root)
  const whole = readFileSync(segment)
  for (const tail of [whole.subarray(0, 30), whole.subarray(0, 300), Buffer.from('garbage')]) {
    writeFileSync(segment, whole)
    appendFileSync(segment, tail)
    const report = await checkStore(root)
    assert.deepEqual([report.faults, report.leftovers.tornOctets, report.messages], [[], tail.length, 2])
  }
  const again = await openStoreInProcess(root)
  await put(again, account, inbox, [3])
  for (const uid of [1, 2, 3]) assert.deepEqual(await bodyOf(again, account, inbox, uid), bytesFor(500, uid))
  await again.close()
})

test('damage is told by read and by check', async t => {
  const root = await directory(t)
  const store = await openStoreInProcess(root)
  const account = await store.createAccount()
  const inbox = await inboxOf(store, account)
  await put(store, account, inbox, [1, 2, 3])
  await store.close()
  const [segment = ''] = segmentsOf(root)
  const bytes = readFileSync(segment)
  bytes[540 + 100]! ^= 1
  writeFileSync(segment, bytes)
  truncateSync(segment, bytes.length - 1)
  const again = await openStoreInProcess(root)
  assert.deepEqual(await bodyOf(again, account, inbox, 1), bytesFor(500, 1))
  for (const uid of [2, 3]) {
    await assert.rejects(bodyOf(again, account, inbox, uid), { name: 'StoreFault', failure: 'corrupt' })
  }
  await again.close()
  assert.deepEqual(
    (await checkStore(root)).faults.map(({ fault, where }) => [fault, where.message]),
    [
      ['a body is corrupt', 2],
      ['a body is corrupt', 3],
    ],
  )
})

test('maintenance moves what is alive out of a segment that is mostly dead', async t => {
  const root = await directory(t)
  const store = await openStoreInProcess(root, { segmentOctets: 20_000 })
  const account = await store.createAccount()
  const inbox = await inboxOf(store, account)
  for (let i = 0; i < 10; i++)
    await put(
      store,
      account,
      inbox,
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map(n => n + i * 10),
      1000,
    )
  await put(store, account, inbox, [101], 300_000)
  await store.metadata.copy(account, inbox, [[100, 100]], inbox)
  const before = (await store.metadata.messages(account, inbox, Uint32Array.of(7)))[0]!.blob
  const dead = Array.from({ length: 101 }, (_, i) => i + 1).filter(uid => uid % 7 !== 0)
  await store.metadata.expunge(
    account,
    inbox,
    dead.map(uid => [uid, uid] as const),
    false,
  )
  assert.equal(await store.metadata.purgeExpunged(Date.now() + 1000, 1000), dead.length)
  const moved = await store.maintain({ safeMs: 0, graceMs: 60_000 })
  assert.ok(moved.moved > 5)
  assert.deepEqual(await readAll(store.blobs, before), bytesFor(1000, 7), 'a ref read before the move is still good')
  for (let i = 0; i < 2; i++) await store.maintain({ safeMs: 0, graceMs: 0 })
  assert.ok(segmentsOf(root).length <= 2, `${segmentsOf(root).length} segments are left`)
  for (let uid = 7; uid <= 98; uid += 7) assert.deepEqual(await bodyOf(store, account, inbox, uid), bytesFor(1000, uid))
  assert.deepEqual(await bodyOf(store, account, inbox, 102), bytesFor(1000, 100))
  await store.close()
  const report = await checkStore(root)
  assert.deepEqual([report.faults, report.messages, report.leftovers.files], [[], 15, 0])
})

test('a log that was trimmed says that it no longer reaches back', async t => {
  const root = await directory(t)
  const store = await openStoreInProcess(root)
  const account = await store.createAccount()
  const inbox = await inboxOf(store, account)
  for (let seed = 0; seed < 10; seed++) await put(store, account, inbox, [seed])
  const { modseq } = await store.metadata.expunge(account, inbox, [[1, 1]], false)
  await store.maintain({ logRows: 4 })
  const late = await store.metadata.changesSince(account, inbox, (modseq - 3) as Modseq)
  assert.deepEqual([late.complete, [...late.changed.uid], [...late.vanished]], [true, [9, 10], [1]])
  const early = await store.metadata.changesSince(account, inbox, 1 as Modseq)
  assert.deepEqual([early.complete, early.changed.length], [false, 9])
  assert.equal(await store.metadata.vanishedSince(account, inbox, 1), null)
  assert.deepEqual([...(await store.metadata.vanishedSince(account, inbox, modseq - 4))!], [1])
  await store.close()
})

test('repair puts totals right and leaves mail alone', async t => {
  const root = await directory(t)
  const store = await openStoreInProcess(root)
  const account = await store.createAccount()
  const inbox = await inboxOf(store, account)
  await put(store, account, inbox, [1, 2, 3])
  await store.metadata.copy(account, inbox, [[1, 2]], inbox)
  await store.close()
  const { DatabaseSync } = await import('node:sqlite')
  const db = new DatabaseSync(join(root, 'shards', '00', 'metadata.sqlite'))
  db.exec('UPDATE mailboxes SET messages = 9, unseen = 1; UPDATE accounts SET used_octets = 1; DELETE FROM copies')
  db.exec('UPDATE segments SET records = 0; UPDATE entries SET message = 999 WHERE uid = 3')
  db.close()
  assert.deepEqual(
    new Set((await checkStore(root)).faults.map(({ fault }) => fault)),
    new Set([
      'an entry without its message',
      'a mailbox whose totals are wrong',
      'an account whose use is wrong',
      'a message that nothing refers to',
      'a message whose copies are counted wrong',
      'a segment whose content is counted wrong',
    ]),
  )
  const repaired = await checkStore(root, { repair: true })
  assert.deepEqual([repaired.faults, repaired.repaired.length], [[], 6])
  const again = await openStoreInProcess(root)
  assert.deepEqual([...(await again.metadata.entries(account, inbox, 0, 9)).uid], [1, 2, 4, 5])
  assert.equal((await again.metadata.changesSince(account, inbox, 3 as Modseq)).complete, false)
  await again.close()
})

test('a directory of a newer program is not opened', async t => {
  const root = await directory(t)
  await (await openStoreInProcess(root)).close()
  const { DatabaseSync } = await import('node:sqlite')
  const db = new DatabaseSync(join(root, 'shards', '00', 'metadata.sqlite'))
  db.exec('UPDATE schema_version SET version = 999')
  db.close()
  await assert.rejects(openStoreInProcess(root), /schema version 999; this program knows versions up to/)
})

test('a large mailbox is loaded from its snapshot and the changes since, or from its rows', async t => {
  const root = await directory(t)
  const store = await openStoreInProcess(root)
  t.after(() => store.close())
  const account = await store.createAccount()
  const inbox = await inboxOf(store, account)
  await put(
    store,
    account,
    inbox,
    Array.from({ length: 40 }, (_, i) => i),
    1,
  )
  for (let i = 0; i < 7; i++) await store.metadata.copy(account, inbox, ALL, inbox)

  const load = async () => {
    const lines: string[] = []
    for (let after = 0; ; ) {
      const page = await store.metadata.entries(account, inbox, after, 1500)
      lines.push(...linesOf(page))
      if (page.length < 1500) return lines
      after = page.uid.at(-1)!
    }
  }
  /** Another thread's hold on the store, which has begun no load, reads a page that is not the first from rows. */
  const rows = async () => {
    const other = await openStoreInProcess(root)
    const entries = await other.metadata.entries(account, inbox, 1, 1_000_000)
    await other.close()
    return linesOf(entries)
  }
  const files = () => {
    const path = join(root, 'shards', '00', 'snapshots')
    return existsSync(path) ? readdirSync(path).map(name => join(path, name)) : []
  }
  const first = await load()
  assert.equal(first.length, 5120)
  for (let i = 0; i < 400 && files().length === 0; i++) await wait(10)
  assert.equal(files().length, 1)
  assert.deepEqual(await load(), first)

  await store.metadata.setFlags(account, inbox, {
    uids: [
      [7, 9],
      [3000, 3000],
    ],
    action: 'add',
    flags: 3,
    keywords: ['k'],
  })
  await store.metadata.expunge(
    account,
    inbox,
    [
      [8, 8],
      [100, 150],
      [5120, 5120],
    ],
    false,
  )
  await put(store, account, inbox, [1, 2], 1)
  const changed = await load()
  assert.deepEqual(changed.slice(1), await rows())
  assert.equal(changed.length, 5069)

  const [file = ''] = files()
  const bytes = readFileSync(file)
  bytes[5000]! ^= 1
  writeFileSync(file, bytes)
  assert.deepEqual(await load(), changed)
})
