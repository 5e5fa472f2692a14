import { type Stats, statSync } from 'node:fs'
import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { systemClock } from '#base/clock.ts'
import type { BodyReader } from '../segments/body-reader.ts'
import { largeDir, largeRef, segmentFile, segmentPath, segmentsDir, stagingDir } from '../segments/layout.ts'
import { pack } from '../segments/packer.ts'
import { Form, HEADER_OCTETS, type RecordHeader } from '../segments/record.ts'
import { bodiesOf, holdsLarge, type SegmentRow, segmentRows } from '../sql/bodies.ts'
import { mailboxState } from '../sql/mailbox-state.ts'
import { type ShardClient, writeShard } from './metadata.ts'
import type { Body } from './protocol.ts'
import { snapshotsDir } from './snapshots.ts'

export type MaintenanceOptions = {
  readonly now?: () => number
  /** Files younger than this may belong to work that is under way, milliseconds. */
  readonly safeMs?: number
  /** How long sessions may go on reading from a segment that has been emptied, milliseconds. */
  readonly graceMs?: number
  /** Rows of the change log that each mailbox keeps. */
  readonly logRows?: number
  /** Share of a sealed segment that must be alive for it to stay as it is. */
  readonly liveShare?: number
}

export type MaintenanceReport = {
  readonly files: number
  readonly octets: number
  readonly moved: number
  readonly trimmed: number
}

const defaults = {
  now: systemClock.now,
  safeMs: 24 * 60 * 60_000,
  graceMs: 60 * 60_000,
  logRows: 10_000,
  liveShare: 0.5,
}
/** Bodies that are written again in one intent: octets, so that a commit stays short. */
const MOVE_OCTETS = 1024 * 1024
const MOVE_ROWS = 100
const TRIM_MAILBOXES = 20

/** Gives back space and bounds the change log, in small steps beside ordinary work. Run it once an hour, from one thread of any process. */
export async function maintain(
  root: string,
  shards: readonly ShardClient[],
  reader: BodyReader,
  options: MaintenanceOptions = {},
): Promise<MaintenanceReport> {
  const settings = { ...defaults, ...options }
  const run = new Maintenance(root, reader, settings)
  await run.removeOld(stagingDir(root), () => true)
  for (const [number, shard] of shards.entries()) {
    await run.trimLog(shard)
    await run.segments(number, shard)
    await run.removeOld(largeDir(root, number), name => !holdsLarge(shard.db, largeRef(number, name)))
    await run.removeOld(snapshotsDir(root, number), name => !isSnapshotOfSomething(shard, name))
    const known = new Set(segmentRows(shard.db).map(({ id }) => segmentFile(id)))
    await run.removeOld(segmentsDir(root, number), name => !known.has(name))
  }
  return run.report
}

function isSnapshotOfSomething({ db }: ShardClient, name: string): boolean {
  const [account = 0, mailbox = 0] = name.split('-').map(Number)
  return mailboxState(db, account, mailbox) !== undefined
}

/** Bodies of earlier versions are packed when they move. */
function movable({ form, crc, octets, digest }: RecordHeader, body: Uint8Array): Body {
  const about = { kind: 'bytes', octets, digest: Uint8Array.from(digest) } as const
  const packed = form === Form.raw ? pack(body) : null
  if (packed !== null) return { ...about, form: Form.packed, bytes: packed, crc: crc32(packed) }
  return { ...about, form, bytes: Uint8Array.from(body), crc }
}

class Maintenance {
  readonly report = { files: 0, octets: 0, moved: 0, trimmed: 0 }
  readonly #root: string
  readonly #reader: BodyReader
  readonly #settings: typeof defaults

  constructor(root: string, reader: BodyReader, settings: typeof defaults) {
    this.#root = root
    this.#reader = reader
    this.#settings = settings
  }

  async trimLog({ channel }: ShardClient): Promise<void> {
    for (;;) {
      const trimmed = await writeShard(channel, 'trimLog', [this.#settings.logRows, TRIM_MAILBOXES])
      this.report.trimmed += trimmed
      if (trimmed < TRIM_MAILBOXES) return
    }
  }

  /** Files that nothing refers to, once they are too old to be somebody's work in progress. */
  async removeOld(directory: string, unused: (name: string) => boolean): Promise<void> {
    for (const name of await readdir(directory).catch(() => [])) {
      const path = join(directory, name)
      const found = await stat(path).catch(() => null)
      if (found !== null && this.#isOld(found) && unused(name)) await this.#remove(path, found.size)
    }
  }

  async segments(number: number, shard: ShardClient): Promise<void> {
    for (const row of segmentRows(shard.db)) {
      const path = segmentPath(this.#root, number, row.id)
      const found = statSync(path, { throwIfNoEntry: false })
      // Its owner may be gone, or idle: then it makes a new one when the next body comes.
      if (row.state === 'open') {
        if (found === undefined ? this.#isPast(row.createdAt, this.#settings.safeMs) : this.#isOld(found)) {
          await writeShard(shard.channel, 'sealSegment', [row.id])
        }
        continue
      }
      if (row.records === 0) await this.#removeEmpty(shard, row, path, found?.size ?? 0)
      else if (found !== undefined && row.octets < found.size * this.#settings.liveShare) await this.#empty(shard, row)
    }
  }

  async #removeEmpty({ channel }: ShardClient, row: SegmentRow, path: string, octets: number): Promise<void> {
    if (row.emptiedAt === null) await writeShard(channel, 'emptySegment', [row.id])
    else if (this.#isPast(row.emptiedAt, this.#settings.graceMs)) {
      if (await writeShard(channel, 'forgetSegment', [row.id])) await this.#remove(path, octets)
    }
  }

  /** Writes what is alive in the segment again, behind the newest bodies. */
  async #empty(shard: ShardClient, row: SegmentRow): Promise<void> {
    for (let after = 0; ; ) {
      const rows = bodiesOf(shard.db, row.id, after, MOVE_ROWS)
      if (rows.length === 0) break
      const moved: { message: number; blob: string }[] = []
      const bodies: Body[] = []
      let octets = 0
      for (const { message, blob, octets: size } of rows) {
        if (octets > MOVE_OCTETS) break
        after = message
        octets += size + HEADER_OCTETS
        try {
          const { header, body } = this.#reader.record({ id: blob, octets: size })
          bodies.push(movable(header, body))
          moved.push({ message, blob })
        } catch {
          // A damaged body stays where it is, for `check` to report; its segment then stays too.
        }
      }
      if (moved.length === 0) continue
      await shard.channel.send({ intent: { name: 'relocate', account: null, args: [moved] }, bodies })
      this.report.moved += moved.length
    }
    await writeShard(shard.channel, 'emptySegment', [row.id])
  }

  async #remove(path: string, octets: number): Promise<void> {
    await rm(path, { force: true })
    this.report.files += 1
    this.report.octets += octets
  }

  #isOld(found: Stats): boolean {
    return this.#isPast(Math.max(found.mtimeMs, found.ctimeMs), this.#settings.safeMs)
  }

  #isPast(since: number, ms: number): boolean {
    return this.#settings.now() - since >= ms
  }
}
