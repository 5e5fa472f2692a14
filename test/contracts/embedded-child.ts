import type { AccountId } from '#base/ids.ts'
import { connectStore, openStoreInProcess, startWriters } from '#drivers/embedded/store.ts'
import { inboxOf, lastingFor, newMessage } from './store-under-test.ts'

/**
 * A process that is killed: appends messages, copies, flags and expunges without end, and says `<uid> <seed> <octets>` for each append
 * that resolved. Arguments: data directory, account, first seed, 'thread' or 'process'.
 */
const [root = '', account = '', first = '', where = ''] = process.argv.slice(2)
const store =
  where === 'thread' ? await connectStore(root, (await startWriters(root)).ports()) : await openStoreInProcess(root)
const id = Number(account) as AccountId
const inbox = await inboxOf(store, id)
const busy = (await store.metadata.mailboxNamed(id, 'busy'))!.id

async function appendForEver(lane: number): Promise<never> {
  for (let seed = Number(first) + lane; ; seed += 4) {
    const octets = seed % 9 === 0 ? 300_000 + seed : 50 + (seed % 5000)
    const content = lastingFor(octets, seed)
    const { uids } = await store.metadata.append(id, inbox, [await newMessage(store, { content })])
    process.stdout.write(`${uids[0]} ${seed} ${octets}\n`)
  }
}

async function stirForEver(): Promise<never> {
  for (let round = 1; ; round++) {
    await store.metadata.copy(id, inbox, [[round, round + 3]], busy)
    await store.metadata.setFlags(id, busy, {
      uids: [[round, round + 9]],
      action: 'add',
      flags: round % 16,
      keywords: ['k'],
    })
    await store.metadata.expunge(id, busy, [[round, round + 1]], false)
  }
}

process.stdout.write('ready\n')
await Promise.all([appendForEver(0), appendForEver(1), appendForEver(2), appendForEver(3), stirForEver()])
