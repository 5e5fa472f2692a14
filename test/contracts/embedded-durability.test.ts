import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import type { AccountId } from '#base/ids.ts'
import { checkStore, connectStore, openStoreInProcess, startWriters } from '#drivers/embedded/store.ts'
import type { Hint } from '#ports/bus.ts'
import { assertSound, bodyOf, directory, put, segmentsOf } from './data-directory.ts'
import { ALL, bytesFor, inboxOf, lastingFor } from './store-under-test.ts'

test('everything is there after closing and opening again', async t => {
  const root = await directory(t)
  const first = await openStoreInProcess(root, { shards: 3 })
  const accounts = await Promise.all([1, 2, 3, 4].map(() => first.createAccount()))
  for (const account of accounts) {
    const inbox = await inboxOf(first, account)
    await put(first, account, inbox, [1, 2])
    await put(first, account, inbox, [3], 400_000)
    await first.metadata.setFlags(account, inbox, { uids: [[1, 1]], action: 'add', flags: 1, keywords: ['kept'] })
  }
  await first.close()
  const second = await openStoreInProcess(root)
  for (const account of accounts) {
    const inbox = await inboxOf(second, account)
    const entries = await second.metadata.entries(account, inbox, 0, 9)
    assert.deepEqual([...entries.uid, ...entries.flags, ...entries.keywords], [1, 2, 3, 1, 0, 0, 'kept', '', ''])
    assert.deepEqual(await bodyOf(second, account, inbox, 3), bytesFor(400_000, 3))
    assert.deepEqual((await put(second, account, inbox, [4])).uids, [4])
  }
  assert.equal(new Set(accounts).size, 4)
  await second.close()
  await assertSound(root)
})

async function runAndKill(
  root: string,
  account: AccountId,
  seed: number,
  where: string,
  ms: number,
): Promise<string[]> {
  const script = join(import.meta.dirname, 'embedded-child.ts')
  const child: ChildProcess = spawn(process.execPath, [script, root, String(account), String(seed), where], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let out = ''
  child.stdout!.setEncoding('utf8').on('data', (text: string) => {
    out += text
  })
  while (!out.includes('\n')) {
    assert.equal(child.exitCode, null, 'the child ended by itself')
    await wait(2)
  }
  await wait(ms)
  child.kill('SIGKILL')
  await once(child, 'close')
  // The last line may be cut off by the kill.
  return out.split('\n').slice(1, -1)
}

test('killed at any moment: what was acknowledged is there once and whole', { timeout: 120_000 }, async t => {
  const root = await directory(t)
  const setup = await openStoreInProcess(root)
  const account = await setup.createAccount()
  const inbox = await inboxOf(setup, account)
  await setup.metadata.createMailboxes(account, [{ name: 'busy' }])
  await setup.close()
  const said = new Map<number, string>()
  for (let round = 0; round < 20; round++) {
    const lines = await runAndKill(
      root,
      account,
      round * 100_000,
      round % 2 === 0 ? 'process' : 'thread',
      20 + ((round * 37) % 180),
    )
    for (const line of lines) {
      const [uid = '', ...rest] = line.split(' ')
      assert.ok(!said.has(Number(uid)), `UID ${uid} was given twice`)
      said.set(Number(uid), rest.join(' '))
    }
  }
  assert.ok(said.size > 50, `only ${said.size} appends were acknowledged`)
  await assertSound(root)
  const store = await openStoreInProcess(root)
  const { uid: uids } = await store.metadata.entries(account, inbox, 0, 1_000_000)
  const present = new Set(uids)
  for (const [uid, about] of said) {
    const [seed = 0, octets = 0] = about.split(' ').map(Number)
    assert.ok(present.has(uid), `UID ${uid} was acknowledged and is gone`)
    const found = await bodyOf(store, account, inbox, uid)
    assert.equal(Buffer.compare(found, lastingFor(octets, seed)), 0, `UID ${uid} has other octets`)
  }
  await store.maintain({ safeMs: 0, graceMs: 0 })
  await store.close()
  const { leftovers, faults } = await checkStore(root)
  assert.deepEqual([faults, leftovers.files], [[], 0])
})

test('two writers on one directory: nothing is lost, and each is told of the other', async t => {
  const root = await directory(t)
  const failures: unknown[] = []
  const writers = await startWriters(root, { onFailure: fault => failures.push(fault) })
  const [server, tool] = [await connectStore(root, writers.ports()), await openStoreInProcess(root)]
  const account = await server.createAccount()
  const inbox = await inboxOf(server, account)
  const heard: Hint[] = []
  server.bus.watch(account, hint => heard.push(hint))
  await wait(60)
  await put(tool, account, inbox, [1000])
  for (let i = 0; i < 100 && !heard.some(({ mailbox }) => mailbox === inbox); i++) await wait(5)
  assert.ok(heard.some(({ mailbox, modseq }) => mailbox === inbox && modseq > 1))

  // Our own commit must not hide the one before it.
  const [other] = await server.metadata.createMailboxes(account, [{ name: 'other' }])
  await wait(60)
  const { modseq: foreign } = await put(tool, account, other!.id, [1001])
  await put(server, account, inbox, [1002])
  const told = () => heard.some(({ mailbox, modseq }) => mailbox === other!.id && modseq === foreign)
  for (let i = 0; i < 100 && !told(); i++) await wait(5)
  assert.ok(told())

  const seeds = Array.from({ length: 100 }, (_, i) => i)
  const done = await Promise.all(
    seeds.map(async seed => (await put(seed % 2 === 0 ? server : tool, account, inbox, [seed])).uids[0]!),
  )
  for (const [seed, uid] of done.entries()) {
    for (const store of [server, tool]) assert.deepEqual(await bodyOf(store, account, inbox, uid), bytesFor(500, seed))
  }
  assert.equal((await server.metadata.mailbox(account, inbox))!.messages, 102)
  await Promise.all([server.close(), tool.close()])
  await writers.stop()
  assert.deepEqual(failures, [])
  await assertSound(root)
})

test('a segment sealed by another process is left, and the body goes into a new one', async t => {
  const root = await directory(t)
  const [idle, tidy] = [await openStoreInProcess(root), await openStoreInProcess(root)]
  const account = await idle.createAccount()
  const inbox = await inboxOf(idle, account)
  await put(idle, account, inbox, [1])
  await idle.metadata.expunge(account, inbox, ALL, false)
  await tidy.metadata.purgeExpunged(Date.now() + 1000, 10)
  for (let i = 0; i < 3; i++) await tidy.maintain({ safeMs: 0, graceMs: 0 })
  assert.deepEqual(segmentsOf(root), [])
  await put(idle, account, inbox, [2])
  assert.deepEqual(await bodyOf(tidy, account, inbox, 2), bytesFor(500, 2))
  await Promise.all([idle.close(), tidy.close()])
  await assertSound(root)
})

test('a writer that ended rejects what comes, and leaves nobody waiting', async t => {
  const root = await directory(t)
  const writers = await startWriters(root)
  const store = await connectStore(root, writers.ports())
  const account = await store.createAccount()
  const inbox = await inboxOf(store, account)
  const ended = writers.stop()
  const waiting = await Promise.allSettled([1, 2, 3].map(seed => put(store, account, inbox, [seed])))
  for (const end of waiting) if (end.status === 'rejected') assert.equal(end.reason.failure, 'unavailable')
  await ended
  await assert.rejects(put(store, account, inbox, [4]), { name: 'StoreFault', failure: 'unavailable' })
  await store.close()
  await assertSound(root)
})
