import { existsSync } from 'node:fs'
import { StoreFault } from '#base/errors.ts'
import { largePath, largeRef } from '../segments/layout.ts'
import type { MemoryBodies } from '../segments/memory-bodies.ts'
import { HEADER_OCTETS } from '../segments/record.ts'
import { type BodyBytes, type PlacedBody, SegmentWriter } from '../segments/segment-writer.ts'
import { openSegment, sealSegment, segmentIsOpen } from '../sql/bodies.ts'
import type { Database } from '../sql/database.ts'
import type { Body } from './protocol.ts'

/** A segment takes no further bodies when it has reached this size, octets. */
const SEGMENT_OCTETS = 256 * 1024 * 1024

/** Where the bodies of a group go. */
export interface BodySink {
  /** Writes the bodies; they are durable after `sync`. */
  place(bodies: readonly Body[]): PlacedBody[]
  sync(): void
  /** Inside the metadata transaction: whether it may refer to what was placed. */
  stillMine(): boolean
  /** The current segment takes nothing more. */
  abandon(): void
  close(): void
}

/** Bodies of one shard. Makes a segment of its own when the first body comes, so that no two writers share one. */
export class SegmentSink implements BodySink {
  readonly #root: string
  readonly #shard: number
  readonly #db: Database
  readonly #now: () => number
  readonly #segmentOctets: number
  #current: SegmentWriter | null = null
  /** Bodies were placed that no sync has covered: the segment must stay the current one until then. */
  #unsynced = false

  constructor(root: string, shard: number, db: Database, now: () => number, segmentOctets = SEGMENT_OCTETS) {
    this.#root = root
    this.#shard = shard
    this.#db = db
    this.#now = now
    this.#segmentOctets = segmentOctets
  }

  place(bodies: readonly Body[]): PlacedBody[] {
    const bytes = bodies.filter(body => body.kind === 'bytes')
    const small = bytes.length === 0 ? [] : this.#writer().append(bytes satisfies readonly BodyBytes[])
    if (small.length > 0) this.#unsynced = true
    let next = 0
    return bodies.map(body => (body.kind === 'bytes' ? small[next++]! : this.#large(body)))
  }

  sync(): void {
    this.#current?.sync()
    this.#unsynced = false
  }

  stillMine(): boolean {
    return this.#current === null || segmentIsOpen(this.#db, this.#current.segment)
  }

  abandon(): void {
    const old = this.#current
    this.#current = null
    this.#unsynced = false
    if (old === null) return
    old.close()
    sealSegment(this.#db, old.segment)
  }

  close(): void {
    this.abandon()
  }

  #writer(): SegmentWriter {
    if (!this.#unsynced && this.#current !== null && this.#current.octets >= this.#segmentOctets) this.abandon()
    this.#current ??= new SegmentWriter(this.#root, this.#shard, openSegment(this.#db, this.#now()))
    return this.#current
  }

  #large({ name, form, stored }: Body & { kind: 'file' }): PlacedBody {
    const id = largeRef(this.#shard, name)
    if (!existsSync(largePath(this.#root, this.#shard, name))) {
      throw new StoreFault('missing', 'the staged body is gone')
    }
    return { id, segment: null, stored: stored + HEADER_OCTETS, form }
  }
}

export class MemorySink implements BodySink {
  readonly #bodies: MemoryBodies

  constructor(bodies: MemoryBodies) {
    this.#bodies = bodies
  }

  place(bodies: readonly Body[]): PlacedBody[] {
    return this.#bodies.place(bodies.filter(body => body.kind === 'bytes'))
  }

  sync(): void {}
  stillMine(): boolean {
    return true
  }
  abandon(): void {}
  close(): void {}
}
