import { readFileSync } from 'node:fs'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { EntryColumns } from '#ports/metadata.ts'
import { shardDir } from '../segments/layout.ts'
import { changeNonce, changesSince } from '../sql/changes.ts'
import { type Database, snapshot } from '../sql/database.ts'
import { entriesAfter } from '../sql/entry-columns.ts'
import { type MailboxTotals, mailboxState } from '../sql/mailbox-state.ts'
import { firstNotBelow, joinColumns, mergeColumns, sliceColumns } from '../sql/merge-columns.ts'
import { decodeSnapshot, encodeSnapshot } from './entry-snapshot.ts'

/** Mailboxes with fewer entries are read from their rows. */
const WORTH_ENTRIES = 4_000
/** A snapshot is made anew when more than this share of its entries has changed since. */
const STALE_SHARE = 0.1
/** How long after a load a new snapshot is made: not while the client waits for more, milliseconds. */
const WRITE_AFTER_MS = 500
const PAGE_ROWS = 1_000
/** Loads that are under way at once; further ones read rows. */
const LOADS = 4
const LOAD_MS = 10_000

type Load = { readonly modseq: number; readonly columns: EntryColumns }

export const snapshotsDir = (root: string, shard: number): string => join(shardDir(root, shard), 'snapshots')

/**
 * A cold SELECT of a large mailbox as one read: a file with all entries as they were at some modseq, and the changes since. The files
 * are a cache: any of them may be missing, old or damaged, and is then made again from the rows.
 */
export class Snapshots {
  readonly #root: string
  readonly #loads = new Map<string, Load>()
  readonly #writing = new Set<string>()
  #closed = false

  constructor(root: string) {
    this.#root = root
  }

  /** A page of entries, or null when the rows must be read. Call it inside the read transaction that `state` is of. */
  page(
    db: Database,
    shard: number,
    account: number,
    state: MailboxTotals,
    after: number,
    count: number,
  ): EntryColumns | null {
    if (state.messages < WORTH_ENTRIES) return null
    const path = join(snapshotsDir(this.#root, shard), `${account}-${state.id}`)
    const columns = after === 0 ? this.#load(db, account, state, path) : this.#continued(path, state)
    if (columns === null) {
      if (after === 0) this.#writeSoon(db, account, state.id, path)
      return null
    }
    const start = firstNotBelow(columns.uid, 0, after + 1)
    const end = Math.min(columns.length, start + count)
    if (end === columns.length) this.#loads.delete(path)
    return start === 0 && end === columns.length ? columns : sliceColumns(columns, start, end)
  }

  close(): void {
    this.#closed = true
    this.#loads.clear()
  }

  #continued(path: string, state: MailboxTotals): EntryColumns | null {
    const load = this.#loads.get(path)
    return load !== undefined && load.modseq === state.modseq ? load.columns : null
  }

  #load(db: Database, account: number, state: MailboxTotals, path: string): EntryColumns | null {
    const base = this.#read(path, state)
    if (base === null) return null
    const { changed, vanished, complete } = changesSince(db, account, state, base.modseq)
    if (!complete || changeNonce(db, account, state.id, base.modseq) !== base.nonce) return null
    const columns = mergeColumns(base.columns, changed, vanished)
    // A last line of defence: the totals are kept by the transactions, the snapshot is not.
    if (columns.length !== state.messages) return null
    if (changed.length + vanished.length > columns.length * STALE_SHARE) this.#writeSoon(db, account, state.id, path)
    this.#keep(path, { modseq: state.modseq, columns })
    return columns
  }

  #keep(path: string, load: Load): void {
    if (this.#loads.size >= LOADS) return
    this.#loads.set(path, load)
    // Who asked for the first page and never for the last does not hold the memory for ever.
    setTimeout(() => {
      if (this.#loads.get(path) === load) this.#loads.delete(path)
    }, LOAD_MS).unref()
  }

  #read(path: string, state: MailboxTotals) {
    try {
      const file = readFileSync(path)
      const found = decodeSnapshot(file.byteOffset % 8 === 0 ? file : Uint8Array.from(file))
      const fits =
        found !== null &&
        found.mailbox === state.id &&
        found.uidValidity === state.uidvalidity &&
        found.modseq <= state.modseq
      return fits ? found : null
    } catch {
      return null
    }
  }

  #writeSoon(db: Database, account: number, mailbox: number, path: string): void {
    if (this.#writing.has(path)) return
    this.#writing.add(path)
    setTimeout(() => {
      // Only a cache: a snapshot that cannot be written costs time, and the next load tries again.
      this.#write(db, account, mailbox, path)
        .catch(() => {})
        .finally(() => this.#writing.delete(path))
    }, WRITE_AFTER_MS).unref()
  }

  /** Reads the rows page by page. What changes meanwhile has a modseq above the one noted first, and comes with the changes. */
  async #write(db: Database, account: number, mailbox: number, path: string): Promise<void> {
    if (this.#closed) return
    const state = mailboxState(db, account, mailbox)
    if (state === undefined) return await rm(path, { force: true })
    const pages: EntryColumns[] = []
    for (let after = 0; ; ) {
      const page = snapshot(db, () => entriesAfter(db, account, mailbox, after, PAGE_ROWS))
      pages.push(page)
      if (page.length < PAGE_ROWS) break
      after = page.uid[page.length - 1]!
      await nextTurn()
      if (this.#closed) return
    }
    const { uidvalidity: uidValidity, modseq } = state
    const nonce = changeNonce(db, account, mailbox, modseq)
    if (nonce === null) return
    const bytes = encodeSnapshot({ mailbox, uidValidity, modseq, nonce, columns: joinColumns(pages) })
    const draft = `${path}.${process.pid}-${Math.random().toString(36).slice(2)}`
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    await writeFile(draft, bytes, { mode: 0o600 })
    await rename(draft, path)
  }
}
