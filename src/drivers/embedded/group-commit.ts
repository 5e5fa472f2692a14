import { StoreFault } from '#base/errors.ts'
import type { Hint } from '#ports/bus.ts'
import type { PlacedBody } from '../segments/segment-writer.ts'
import type { ShardPlace } from '../sql/accounts.ts'
import type { Database } from '../sql/database.ts'
import { runIntent } from '../sql/intents.ts'
import type { BodySink } from './body-sink.ts'
import { failureOf, type Outcome, type Request } from './protocol.ts'

export type GroupResult = { readonly outcomes: readonly Outcome[]; readonly hints: readonly Hint[] }

/**
 * Carries out a group of requests with one sync of the segment and one commit. Each request stands or falls alone (a savepoint);
 * what is durable together is told together. Owns the shard's write connection.
 */
export class GroupCommit {
  readonly #db: Database
  readonly #sink: BodySink
  readonly #place: ShardPlace
  readonly #now: () => number

  constructor(db: Database, sink: BodySink, place: ShardPlace, now: () => number) {
    this.#db = db
    this.#sink = sink
    this.#place = place
    this.#now = now
  }

  run(group: readonly Request[]): GroupResult {
    try {
      return this.#attempt(group) ?? this.#retry(group)
    } catch (error) {
      this.#rollback()
      // Whatever the group met (disk full, say) must not stay: the next group starts clean.
      const failure = failureOf(error)
      return { outcomes: group.map(() => ({ ok: false, failure })), hints: [] }
    }
  }

  /** Another process sealed our segment while we were idle: the bodies go into a new one. */
  #retry(group: readonly Request[]): GroupResult {
    this.#sink.abandon()
    const result = this.#attempt(group)
    if (result === null) throw new StoreFault('unavailable', 'segments are being sealed while they are written')
    return result
  }

  #attempt(group: readonly Request[]): GroupResult | null {
    const placed = this.#placeBodies(group)
    this.#db.run('BEGIN IMMEDIATE')
    if (!this.#sink.stillMine()) {
      this.#db.run('ROLLBACK')
      return null
    }
    const hints: Hint[] = []
    const outcomes = group.map((request, i) => this.#runOne(request, placed[i]!, hints))
    this.#db.run('COMMIT')
    return { outcomes, hints }
  }

  /** Bodies first, and synced: no row refers to what a power cut could take away. */
  #placeBodies(group: readonly Request[]): (readonly PlacedBody[] | unknown)[] {
    let placed = 0
    const places = group.map(({ bodies }) => {
      if (bodies.length === 0) return []
      try {
        const places = this.#sink.place(bodies)
        placed += places.length
        return places
      } catch (error) {
        return error
      }
    })
    if (placed > 0) {
      try {
        this.#sink.sync()
      } catch (error) {
        this.#sink.abandon()
        throw error
      }
    }
    return places
  }

  #runOne(request: Request, placed: readonly PlacedBody[] | unknown, hints: Hint[]): Outcome {
    if (!Array.isArray(placed)) return { ok: false, failure: failureOf(placed) }
    const bodies = placed as readonly PlacedBody[]
    const context = { db: this.#db, now: this.#now(), place: this.#place, bodies }
    this.#db.run('SAVEPOINT intent')
    try {
      const done = runIntent(context, request.intent)
      this.#db.run('RELEASE intent')
      hints.push(...done.hints)
      return { ok: true, result: done.result }
    } catch (error) {
      // A full disk ends the whole transaction: then nobody's intent happened.
      if (!this.#db.inTransaction) throw error
      this.#db.run('ROLLBACK TO intent')
      this.#db.run('RELEASE intent')
      return { ok: false, failure: failureOf(error) }
    }
  }

  #rollback(): void {
    if (!this.#db.inTransaction) return
    try {
      this.#db.run('ROLLBACK')
    } catch {
      // The engine has rolled back by itself.
    }
  }

  close(): void {
    this.#sink.close()
    this.#db.close()
  }
}
