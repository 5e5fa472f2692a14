/** Opens DIR/directory.sqlite for one of several threads and processes that use it at once. */
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { StoreFault } from '#base/errors.ts'
import { migrations } from './migrations.ts'

const BUSY_MS = 5_000
const SQLITE_BUSY = 5
/** Tries to switch to WAL, which the busy timeout does not cover, 20 ms apart. */
const OPEN_TRIES = 100

export async function openDatabase(dir: string): Promise<DatabaseSync> {
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const path = join(dir, 'directory.sqlite')
  // Made here for its mode; SQLite gives its companions the same.
  closeSync(openSync(path, 'a', 0o600))
  const db = new DatabaseSync(path, { timeout: BUSY_MS, enableForeignKeyConstraints: true })
  try {
    for (let tries = 1; ; tries++) {
      try {
        db.exec('PRAGMA journal_mode = WAL')
        break
      } catch (error) {
        if (!isBusy(error) || tries === OPEN_TRIES) throw error
        await sleep(20)
      }
    }
    db.exec('PRAGMA synchronous = FULL')
    migrate(db)
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

export const isBusy = (error: unknown): boolean => (error as { errcode?: number }).errcode === SQLITE_BUSY
export const isDouble = (error: unknown): boolean => (error as { errcode?: number }).errcode === 2067 // SQLITE_CONSTRAINT_UNIQUE

function migrate(db: DatabaseSync): void {
  if (versionOf(db) === migrations.length) return
  inTransaction(db, () => {
    const version = versionOf(db)
    if (version > migrations.length)
      throw new StoreFault(
        'unavailable',
        'directory.sqlite was made by a newer version of this program: run that one, or restore a backup',
      )
    for (const step of migrations.slice(version)) db.exec(step)
    db.exec(`PRAGMA user_version = ${migrations.length}`)
  })
}

const versionOf = (db: DatabaseSync): number => Number(db.prepare('PRAGMA user_version').get()?.user_version)

/** All or nothing, and alone. */
export function inTransaction<Result>(db: DatabaseSync, work: () => Result): Result {
  db.exec('BEGIN IMMEDIATE')
  try {
    const result = work()
    db.exec('COMMIT')
    return result
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK')
    throw error
  }
}
