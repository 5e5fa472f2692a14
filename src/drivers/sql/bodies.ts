import type { Database } from './database.ts'
import type { Placed } from './transaction.ts'

/** The account of what bodies are alive where, kept in the transactions that make and forget messages. */

export function holdBodies(db: Database, bodies: readonly Placed[]): void {
  const bySegment = new Map<number, { records: number; octets: number }>()
  for (const { id, segment, stored } of bodies) {
    if (segment === null) db.run('INSERT INTO large_bodies (blob, octets) VALUES (?, ?)', id, stored)
    else {
      const sum = bySegment.get(segment) ?? { records: 0, octets: 0 }
      bySegment.set(segment, { records: sum.records + 1, octets: sum.octets + stored })
    }
  }
  for (const [segment, { records, octets }] of bySegment) {
    db.run('UPDATE segments SET records = records + ?, octets = octets + ? WHERE id = ?', records, octets, segment)
  }
}

export function dropBody(db: Database, body: { blob: string; segment: number | null; stored: number }): void {
  if (body.segment === null) db.run('DELETE FROM large_bodies WHERE blob = ?', body.blob)
  else {
    db.run('UPDATE segments SET records = records - 1, octets = octets - ? WHERE id = ?', body.stored, body.segment)
  }
}

/** A number for a new segment; its file is made after this has been committed. */
export function openSegment(db: Database, now: number): number {
  return db.insert(`INSERT INTO segments (state, records, octets, created_at) VALUES ('open', 0, 0, ?)`, now)
}

/** False when someone sealed the segment: nothing in it may be referred to any more that is not yet. */
export function segmentIsOpen(db: Database, segment: number): boolean {
  return db.get(`SELECT 1 AS found FROM segments WHERE id = ? AND state = 'open'`, segment) !== undefined
}

/** After this has been committed no process refers to further records of the segment. */
export function sealSegment(db: Database, segment: number): void {
  db.run(`UPDATE segments SET state = 'sealed' WHERE id = ?`, segment)
}

export type SegmentRow = {
  readonly id: number
  readonly state: 'open' | 'sealed'
  readonly records: number
  readonly octets: number
  readonly createdAt: number
}

export function segmentRows(db: Database): SegmentRow[] {
  return db.all<SegmentRow>('SELECT id, state, records, octets, created_at AS "createdAt" FROM segments ORDER BY id')
}

export function forgetSegment(db: Database, segment: number): boolean {
  return db.run(`DELETE FROM segments WHERE id = ? AND state = 'sealed' AND records = 0`, segment) > 0
}

export function holdsLarge(db: Database, blob: string): boolean {
  return db.get('SELECT 1 AS found FROM large_bodies WHERE blob = ?', blob) !== undefined
}
