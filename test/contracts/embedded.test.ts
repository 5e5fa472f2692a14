import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectStore, openStoreInProcess } from '#drivers/embedded/store.ts'
import { startWriters } from '#drivers/embedded/writers.ts'
import { blobContract } from './blobs.ts'
import { metadataContract } from './metadata.ts'
import type { StoreUnderTest } from './store-under-test.ts'

const inMemory = (): Promise<StoreUnderTest> => openStoreInProcess(':memory:')

/** Two shards, so that accounts alternate between them. */
async function onDisk(): Promise<StoreUnderTest> {
  const root = await mkdtemp(join(tmpdir(), 'rookery-store-'))
  const writers = await startWriters(root, { shards: 2 })
  const store = await connectStore(root, writers.ports())
  return {
    ...store,
    async close() {
      await store.close()
      await writers.stop()
      await rm(root, { recursive: true })
    },
  }
}

for (const [name, open] of [
  ['in memory', inMemory],
  ['on disk, with writer threads', onDisk],
] as const) {
  metadataContract(name, open)
  blobContract(name, open)
}
