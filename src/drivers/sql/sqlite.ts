import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { StoreFault } from '#base/errors.ts'
import type { Database, SqlValue } from './database.ts'

/** How long a connection waits for another process's write, milliseconds. */
const BUSY_MS = 30_000
/** Pages of the write-ahead log before a commit also checkpoints: rare enough not to show, small enough to recover fast. */
const CHECKPOINT_PAGES = 4_000

export type SqliteMode = 'write' | 'read'

/** SQLite behind the `Database` interface. `path` may be ':memory:'. */
export function openSqlite(path: string, mode: SqliteMode): Database {
  try {
    const db = new DatabaseSync(path, {
      timeout: BUSY_MS,
      readOnly: mode === 'read',
      enableForeignKeyConstraints: false,
    })
    if (mode === 'write') {
      db.exec('PRAGMA journal_mode = WAL')
      // FULL: a commit has reached the disk, not only the operating system, when it returns.
      db.exec('PRAGMA synchronous = FULL')
      db.exec(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`)
      db.exec('PRAGMA journal_size_limit = 67108864')
      db.exec('PRAGMA cache_size = -32768')
    } else {
      db.exec('PRAGMA cache_size = -8192')
    }
    db.exec('PRAGMA temp_store = MEMORY')
    return new SqliteDatabase(db)
  } catch (error) {
    throw sqliteFault(error)
  }
}

class SqliteDatabase implements Database {
  readonly #db: DatabaseSync
  readonly #objects = new Map<string, StatementSync>()
  readonly #arrays = new Map<string, StatementSync>()

  constructor(db: DatabaseSync) {
    this.#db = db
  }

  get<Row extends object>(sql: string, ...values: readonly SqlValue[]): Row | undefined {
    return this.#try(() => this.#object(sql).get(...values)) as Row | undefined
  }

  all<Row extends object>(sql: string, ...values: readonly SqlValue[]): Row[] {
    return this.#try(() => this.#object(sql).all(...values)) as Row[]
  }

  rows(sql: string, ...values: readonly SqlValue[]): SqlValue[][] {
    let statement = this.#arrays.get(sql)
    if (statement === undefined) {
      statement = this.#try(() => this.#db.prepare(sql))
      statement.setReturnArrays(true)
      this.#arrays.set(sql, statement)
    }
    const prepared = statement
    return this.#try(() => prepared.all(...values)) as unknown as SqlValue[][]
  }

  run(sql: string, ...values: readonly SqlValue[]): number {
    return Number(this.#try(() => this.#object(sql).run(...values)).changes)
  }

  insert(sql: string, ...values: readonly SqlValue[]): number {
    return Number(this.#try(() => this.#object(sql).run(...values)).lastInsertRowid)
  }

  script(sql: string): void {
    this.#try(() => this.#db.exec(sql))
  }

  get inTransaction(): boolean {
    return this.#db.isTransaction
  }

  foreignVersion(): number {
    return this.get<{ data_version: number }>('PRAGMA data_version')!.data_version
  }

  damage(): string[] {
    const rows = this.all<{ integrity_check: string }>('PRAGMA integrity_check')
    return rows.map(row => row.integrity_check).filter(text => text !== 'ok')
  }

  close(): void {
    if (this.#db.isOpen) this.#db.close()
  }

  #object(sql: string): StatementSync {
    let statement = this.#objects.get(sql)
    if (statement === undefined) {
      statement = this.#db.prepare(sql)
      this.#objects.set(sql, statement)
    }
    return statement
  }

  #try<T>(work: () => T): T {
    try {
      return work()
    } catch (error) {
      throw sqliteFault(error)
    }
  }
}

/** Primary result codes, https://sqlite.org/rescode.html */
const failures = new Map<number, 'full' | 'corrupt' | 'unavailable'>([
  [5, 'unavailable'], // BUSY
  [6, 'unavailable'], // LOCKED
  [7, 'unavailable'], // NOMEM
  [8, 'unavailable'], // READONLY
  [10, 'unavailable'], // IOERR
  [11, 'corrupt'], // CORRUPT
  [13, 'full'], // FULL
  [14, 'unavailable'], // CANTOPEN
  [26, 'corrupt'], // NOTADB
])

/** Errors of the disk become StoreFault; anything else (a wrong statement) is a bug of ours and stays what it is. */
function sqliteFault(error: unknown): unknown {
  const code = error instanceof Error ? (error as Error & { errcode?: unknown }).errcode : undefined
  const failure = typeof code === 'number' ? failures.get(code & 0xff) : undefined
  if (failure === undefined) return error
  return new StoreFault(failure, `the metadata store is ${failure}`, { cause: error })
}
