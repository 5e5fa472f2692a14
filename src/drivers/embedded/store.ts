import type { MessagePort } from 'node:worker_threads'
import { systemClock } from '#base/clock.ts'
import type { AccountId } from '#base/ids.ts'
import type { BlobStore } from '#ports/blobs.ts'
import type { Bus } from '#ports/bus.ts'
import type { Metadata } from '#ports/metadata.ts'
import type { IndexFeed } from '#ports/search-index.ts'
import { BodyReader } from '../segments/body-reader.ts'
import { stagingDir } from '../segments/layout.ts'
import { MemoryBodies } from '../segments/memory-bodies.ts'
import { Stage } from '../segments/stage.ts'
import { countAccounts } from '../sql/accounts.ts'
import { accountsWithMail, countMessagesAfter, issuedMessages, marksOf, messagesAfter } from '../sql/index-feed.ts'
import { migrate } from '../sql/migrations.ts'
import { openSqlite } from '../sql/sqlite.ts'
import { MemorySink } from './body-sink.ts'
import { LocalChannel, PortChannel } from './channel.ts'
import { metadataPath, openDirectory, readLayout } from './directory.ts'
import { GroupCommit } from './group-commit.ts'
import { type MaintenanceOptions, type MaintenanceReport, maintain } from './maintenance.ts'
import { EmbeddedMetadata, type ShardClient, writeShard } from './metadata.ts'
import { openShardWriter, type ShardOptions } from './shard.ts'
import { ShardWriter } from './shard-writer.ts'

/** The composition root and the command line see these, and the functions below. */
export { type CheckFault, type CheckOptions, type CheckReport, checkStore } from './check.ts'
export { startWriters, type WriterOptions, type WriterSet } from './writers.ts'

/** One thread's hold on a store. */
export type EmbeddedStore = {
  readonly metadata: Metadata
  readonly blobs: BlobStore
  readonly bus: Bus
  readonly feed: IndexFeed
  /** Makes an account with an empty INBOX. */
  createAccount(): Promise<AccountId>
  /** The account is gone when this resolves; the space of its mail comes back with later purges. */
  deleteAccount(id: AccountId): Promise<void>
  /** Gives back space and bounds the change log; see `maintain`. Expired mail is purged before, by `metadata.purgeExpunged`. */
  maintain(options?: MaintenanceOptions): Promise<MaintenanceReport>
  close(): Promise<void>
}

export type StoreOptions = ShardOptions & {
  /** Number of shards when the directory is made; afterwards what the directory says counts. */
  readonly shards?: number
}

/** Connects a thread to the writers of a data directory that `startWriters` opened. `ports`: one for each shard, in their order. */
export async function connectStore(root: string, ports: readonly MessagePort[]): Promise<EmbeddedStore> {
  const shards = readLayout(root)?.shards
  if (shards !== ports.length) throw new RangeError(`the store has ${shards} shards, not ${ports.length}`)
  const clients = ports.map((port, shard) => ({
    db: openSqlite(metadataPath(root, shard), 'read'),
    channel: new PortChannel(port),
  }))
  return assemble(root, clients, new BodyReader(root))
}

/**
 * Opens a store for this thread alone, with the writers in it: for tools and tests. May be used while a server has the same directory
 * open. ':memory:' keeps everything, bodies too, in memory.
 */
export async function openStoreInProcess(root: string, options: StoreOptions = {}): Promise<EmbeddedStore> {
  if (root === ':memory:') return openInMemory(options)
  const { shards } = openDirectory(root, options.shards)
  const clients = Array.from({ length: shards }, (_, shard) => {
    const { writer } = openShardWriter(root, { shard, shards }, options)
    return { db: openSqlite(metadataPath(root, shard), 'read'), channel: new LocalChannel(writer) }
  })
  return assemble(root, clients, new BodyReader(root))
}

function openInMemory(options: StoreOptions): EmbeddedStore {
  const db = openSqlite(':memory:', 'write')
  migrate(db)
  const bodies = new MemoryBodies()
  const now = options.now ?? systemClock.now
  const writer = new ShardWriter(db, new GroupCommit(db, new MemorySink(bodies), { shard: 0, shards: 1 }, now))
  return assemble(null, [{ db, channel: new LocalChannel(writer) }], bodies)
}

function assemble(
  root: string | null,
  shards: readonly ShardClient[],
  bodies: Pick<BlobStore, 'read' | 'expect'> & { close?(): void },
): EmbeddedStore {
  const shardOf = (account: AccountId): ShardClient => shards[account % shards.length]!
  const metadata = new EmbeddedMetadata(root, shards)
  return {
    metadata,
    blobs: {
      stage: () => new Stage(root === null ? null : stagingDir(root)),
      read: (ref, start, end) => bodies.read(ref, start, end),
      expect: refs => bodies.expect?.(refs),
    },
    bus: { watch: (account, listener) => shardOf(account).channel.watch(account, listener) },
    feed: {
      shards: shards.length,
      shardOf: account => account % shards.length,
      messagesAfter: (shard, after, count, account) => messagesAfter(shards[shard]!.db, after, count, account),
      countAfter: (shard, after) => countMessagesAfter(shards[shard]!.db, after),
      issued: shard => issuedMessages(shards[shard]!.db),
      marks: (account, messages) => marksOf(shardOf(account).db, account, messages),
      accounts: (shard, through) => accountsWithMail(shards[shard]!.db, through),
    },
    async createAccount() {
      const emptiest = shards
        .map(({ db, channel }) => ({ channel, accounts: countAccounts(db) }))
        .reduce((a, b) => (b.accounts < a.accounts ? b : a))
      return await writeShard(emptiest.channel, 'createAccount', [])
    },
    async deleteAccount(id) {
      await writeShard(shardOf(id).channel, 'deleteAccount', [id])
    },
    async maintain(options) {
      if (root === null || !(bodies instanceof BodyReader)) return { files: 0, octets: 0, moved: 0, trimmed: 0 }
      return await maintain(root, shards, bodies, options)
    },
    async close() {
      metadata.close()
      for (const { db, channel } of shards) {
        await channel.close()
        db.close()
      }
      bodies.close?.()
    },
  }
}
