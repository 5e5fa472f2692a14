import { existsSync, readdirSync } from 'node:fs'
import { StoreFault } from '#base/errors.ts'
import { largeDir, largePath, placeOf, segmentFile, segmentPath, segmentsDir } from '../segments/layout.ts'
import { scanRecords, verifyRecord } from '../segments/scan.ts'
import { allBodies, type BodyRow, segmentRows } from '../sql/bodies.ts'
import { rowFaults } from '../sql/consistency.ts'
import type { Database } from '../sql/database.ts'
import { openSqlite } from '../sql/sqlite.ts'
import { LocalChannel } from './channel.ts'
import { metadataPath, openDirectory, readLayout } from './directory.ts'
import { writeShard } from './metadata.ts'
import { openShardWriter } from './shard.ts'

export type CheckFault = {
  readonly shard: number
  readonly fault: string
  readonly where: Readonly<Record<string, unknown>>
}

export type CheckReport = {
  readonly messages: number
  readonly octets: number
  /** Rows that contradict each other and bodies that are lost or damaged. Empty: the store is sound. */
  readonly faults: readonly CheckFault[]
  /** Rules that were broken and put right. Lost bodies cannot be: restore them from a backup. */
  readonly repaired: readonly string[]
  /** Not faults: what crashes left behind, for maintenance to remove. */
  readonly leftovers: { readonly tornOctets: number; readonly files: number }
}

export type CheckOptions = {
  readonly repair?: boolean
  readonly onProgress?: (progress: {
    readonly shard: number
    readonly messages: number
    readonly octets: number
  }) => void
}

const PAGE_ROWS = 500

/** Verifies every row and every stored body of a data directory. May run beside a server; then leftovers include work in progress. */
export async function checkStore(root: string, options: CheckOptions = {}): Promise<CheckReport> {
  if (readLayout(root) === null) throw new StoreFault('missing', 'there is no store in the directory')
  const { shards } = openDirectory(root)
  const repaired: string[] = []
  const faults: CheckFault[] = []
  const sum = { messages: 0, octets: 0, tornOctets: 0, files: 0 }
  for (let shard = 0; shard < shards; shard++) {
    if (options.repair === true) repaired.push(...(await repairShard(root, shard, shards)))
    const db = openSqlite(metadataPath(root, shard), 'read')
    try {
      for (const fault of db.damage()) faults.push({ shard, fault: 'the metadata file is damaged', where: { fault } })
      faults.push(...rowFaults(db).map(({ rule, where }) => ({ shard, fault: rule, where })))
      for (const row of bodyRows(db)) {
        const fault = bodyFault(root, row)
        if (fault !== null) faults.push({ shard, fault, where: { message: row.message, blob: row.blob } })
        sum.messages += 1
        sum.octets += row.octets
        if (sum.messages % PAGE_ROWS === 0) options.onProgress?.({ shard, messages: sum.messages, octets: sum.octets })
      }
      countLeftovers(root, shard, db, sum)
    } finally {
      db.close()
    }
  }
  const { messages, octets, tornOctets, files } = sum
  return { messages, octets, faults, repaired, leftovers: { tornOctets, files } }
}

async function repairShard(root: string, shard: number, shards: number): Promise<readonly string[]> {
  const channel = new LocalChannel(openShardWriter(root, { shard, shards }).writer)
  try {
    return await writeShard(channel, 'repair', [])
  } finally {
    await channel.close()
  }
}

function* bodyRows(db: Database): Iterable<BodyRow> {
  for (let after = 0; ; ) {
    const page = allBodies(db, after, PAGE_ROWS)
    if (page.length === 0) return
    yield* page
    after = page.at(-1)!.message
  }
}

function bodyFault(root: string, { blob, octets, digest }: BodyRow): string | null {
  const place = placeOf(blob)
  if (place === null) return 'a body has no place'
  try {
    if (place.kind === 'large') verifyRecord(largePath(root, place.shard, place.name), 0, octets, digest)
    else verifyRecord(segmentPath(root, place.shard, place.segment), place.offset, octets, digest)
    return null
  } catch (error) {
    if (error instanceof StoreFault) return `a body is ${error.failure}`
    throw error
  }
}

function countLeftovers(root: string, shard: number, db: Database, sum: { tornOctets: number; files: number }): void {
  const known = new Set(segmentRows(db).map(({ id }) => segmentFile(id)))
  for (const file of readdirSync(segmentsDir(root, shard))) if (!known.has(file)) sum.files += 1
  for (const { id } of segmentRows(db)) {
    const path = segmentPath(root, shard, id)
    if (existsSync(path)) sum.tornOctets += scanRecords(path).torn
  }
  const held = new Set(db.all<{ blob: string }>('SELECT blob FROM large_bodies').map(({ blob }) => blob))
  for (const name of readdirSync(largeDir(root, shard))) if (!held.has(`${shard}l${name}`)) sum.files += 1
}
