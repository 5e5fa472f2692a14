import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { AccountId, MailboxId } from '#base/ids.ts'
import { checkStore, type EmbeddedStore } from '#drivers/embedded/store.ts'
import { newMessage, readAll } from './store-under-test.ts'

export async function directory(t: TestContext): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'rookery-store-'))
  t.after(() => rm(root, { recursive: true }))
  return root
}

export const segmentsOf = (root: string) => {
  const path = join(root, 'shards', '00', 'segments')
  return readdirSync(path).map(name => join(path, name))
}

export async function put(store: EmbeddedStore, account: AccountId, mailbox: MailboxId, seeds: number[], octets = 500) {
  const messages = await Promise.all(seeds.map(seed => newMessage(store, { seed, octets })))
  return store.metadata.append(account, mailbox, messages)
}

export async function bodyOf(
  store: EmbeddedStore,
  account: AccountId,
  mailbox: MailboxId,
  uid: number,
): Promise<Buffer> {
  const [row] = await store.metadata.messages(account, mailbox, Uint32Array.of(uid))
  return readAll(store.blobs, row!.blob)
}

export async function assertSound(root: string): Promise<void> {
  assert.deepEqual((await checkStore(root)).faults, [])
}
