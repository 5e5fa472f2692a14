/**
 * The little that the statements in this folder need of an SQL engine. Everything is synchronous: an embedded engine runs on the
 * thread that owns its connection. Values are plain; a text is compared and sorted by code point.
 */
export type SqlValue = null | number | string | Uint8Array

export interface Database {
  /** First row as an object, or undefined. Statements are prepared once per text. */
  get<Row extends object>(sql: string, ...values: readonly SqlValue[]): Row | undefined
  all<Row extends object>(sql: string, ...values: readonly SqlValue[]): Row[]
  /** Rows as arrays in the order of the columns: the cheap form for long results. */
  rows(sql: string, ...values: readonly SqlValue[]): SqlValue[][]
  /** Answers how many rows were changed. */
  run(sql: string, ...values: readonly SqlValue[]): number
  /** Inserts one row and answers the number the engine gave it. */
  insert(sql: string, ...values: readonly SqlValue[]): number
  /** Several statements without values. */
  script(sql: string): void
  readonly inTransaction: boolean
  /** A number that is different after another connection has committed. */
  foreignVersion(): number
  /** Verifies the engine's own files; what is wrong with them, in its words. */
  damage(): string[]
  close(): void
}

/** Runs reads so that all of them see the same commit. */
export function snapshot<T>(db: Database, read: () => T): T {
  if (db.inTransaction) return read()
  db.run('BEGIN')
  try {
    return read()
  } finally {
    db.run('COMMIT')
  }
}
