import type { Database } from './database.ts'
import type { Placed } from './transaction.ts'

/** The account of what bodies are alive where, kept in the transactions that make, move and forget messages. */

type Held = Placed & { readonly message: number }
type Share = { records: number; octets: number; first: number; last: number }

export function holdBodies(db: Database, bodies: readonly Held[]): void {
  const bySegment = new Map<number, Share>()
  for (const { id, segment, stored, message } of bodies) {
    if (segment === null) {
      db.run('INSERT INTO large_bodies (blob, octets) VALUES (?, ?)', id, stored)
      continue
    }
    const share = bySegment.get(segment) ?? { records: 0, octets: 0, first: message, last: message }
    bySegment.set(segment, {
      records: share.records + 1,
      octets: share.octets + stored,
      first: Math.min(share.first, message),
      last: Math.max(share.last, message),
    })
  }
  for (const [segment, { records, octets, first, last }] of bySegment) {
    db.run(
      `UPDATE segments SET records = records + ?, octets = octets + ?, emptied_at = NULL,
         first_message = min(coalesce(first_message, ?3), ?3), last_message = max(coalesce(last_message, ?4), ?4)
       WHERE id = ?5`,
      records,
      octets,
      first,
      last,
      segment,
    )
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

/** Notes since when a segment has had nothing alive: sessions may still hold refs into it for a while. */
export function emptySegment(db: Database, segment: number, now: number): void {
  db.run('UPDATE segments SET emptied_at = ? WHERE id = ? AND records = 0 AND emptied_at IS NULL', now, segment)
}

/** True when the segment's file may be removed. */
export function forgetSegment(db: Database, segment: number): boolean {
  return db.run(`DELETE FROM segments WHERE id = ? AND state = 'sealed' AND records = 0`, segment) > 0
}

export type SegmentRow = {
  readonly id: number
  readonly state: 'open' | 'sealed'
  readonly records: number
  readonly octets: number
  readonly createdAt: number
  readonly emptiedAt: number | null
}

export function segmentRows(db: Database): SegmentRow[] {
  return db.all<SegmentRow>(
    `SELECT id, state, records, octets, created_at AS "createdAt", emptied_at AS "emptiedAt" FROM segments ORDER BY id`,
  )
}

export function holdsLarge(db: Database, blob: string): boolean {
  return db.get('SELECT 1 AS found FROM large_bodies WHERE blob = ?', blob) !== undefined
}

export type BodyRow = {
  readonly message: number
  readonly blob: string
  readonly octets: number
  readonly digest: Uint8Array
}

/** Messages above `after` whose bodies are in the segment. */
export function bodiesOf(db: Database, segment: number, after: number, count: number): BodyRow[] {
  return db.all<BodyRow>(
    `SELECT m.id AS message, m.blob, m.octets, m.digest FROM segments s
     JOIN messages m ON m.id BETWEEN max(s.first_message, ?2 + 1) AND s.last_message AND m.segment = s.id
     WHERE s.id = ?1 ORDER BY m.id LIMIT ?3`,
    segment,
    after,
    count,
  )
}

/** All messages above `after`. */
export function allBodies(db: Database, after: number, count: number): BodyRow[] {
  return db.all<BodyRow>(
    'SELECT id AS message, blob, octets, digest FROM messages WHERE id > ? ORDER BY id LIMIT ?',
    after,
    count,
  )
}

/** The bodies of some messages have been written again elsewhere; a message that was forgotten meanwhile is passed over. */
export function relocate(
  db: Database,
  moved: readonly { readonly message: number; readonly blob: string }[],
  bodies: readonly Placed[],
): void {
  moved.forEach(({ message, blob }, i) => {
    const old = db.get<{ blob: string; segment: number | null; stored: number }>(
      'SELECT blob, segment, stored FROM messages WHERE id = ? AND blob = ?',
      message,
      blob,
    )
    if (old === undefined) return
    const body = bodies[i]!
    db.run(
      'UPDATE messages SET blob = ?, segment = ?, stored = ?, form = ? WHERE id = ?',
      body.id,
      body.segment,
      body.stored,
      body.form,
      message,
    )
    dropBody(db, old)
    holdBodies(db, [{ ...body, message }])
  })
}
