import { Refusal } from '#base/errors.ts'
import type { AccountId, MailboxId } from '#base/ids.ts'
import type { Metadata } from '#ports/metadata.ts'
import { Pace } from './search-pace.ts'
import { MailboxState } from './state.ts'

/** Entries read from the store in one go; between pages others have their turn. */
const PAGE = 4_000
/** Mailbox states without sessions that are kept for the next SELECT: entries of them all together. */
const KEPT_ENTRIES = 500_000

type Held = { readonly state: MailboxState; users: number; refreshing: Promise<void> | null }

/** The mailbox states of one thread, counted by their users and kept a while after. */
export class States {
  readonly #metadata: Metadata
  readonly #held = new Map<string, Held>()
  readonly #opening = new Map<string, Promise<Held>>()

  constructor(metadata: Metadata) {
    this.#metadata = metadata
  }

  /** The state of the mailbox, up to date. Give it back with `release`. @throws {Refusal} `mailbox-missing` */
  async acquire(account: AccountId, mailbox: MailboxId): Promise<MailboxState> {
    const key = `${account}/${mailbox}`
    let held = this.#held.get(key)
    if (!held) {
      let opening = this.#opening.get(key)
      if (!opening) {
        opening = this.#open(account, mailbox, key).finally(() => this.#opening.delete(key))
        this.#opening.set(key, opening)
      }
      held = await opening
    }
    held.users++
    try {
      await this.#refresh(account, held)
    } catch (error) {
      this.release(account, mailbox)
      throw error
    }
    return held.state
  }

  release(account: AccountId, mailbox: MailboxId): void {
    const key = `${account}/${mailbox}`
    const held = this.#held.get(key)
    if (!held || --held.users > 0) return
    // Moved to the end: the first in the map is the one that was left longest ago.
    this.#held.delete(key)
    this.#held.set(key, held)
    this.#trim()
  }

  /**
   * Brings a state that is held up to date; with `mayRest`, one that rests goes on resting when nothing changed.
   * @throws {Refusal} `mailbox-missing` when the mailbox was deleted
   */
  async refresh(account: AccountId, state: MailboxState, mayRest = false): Promise<void> {
    const held = this.#held.get(`${account}/${state.id}`)
    if (held?.state === state) await this.#refresh(account, held, mayRest)
  }

  /** Lets the state rest when all its users doze. */
  rest(account: AccountId, { id }: MailboxState): void {
    const held = this.#held.get(`${account}/${id}`)
    // A user without a view has not begun yet.
    if (held && !held.refreshing && held.users === held.state.views.size) held.state.rest()
  }

  async #open(account: AccountId, mailbox: MailboxId, key: string): Promise<Held> {
    const held: Held = { state: await this.#read(account, mailbox), users: 0, refreshing: null }
    this.#held.set(key, held)
    return held
  }

  async #read(account: AccountId, mailbox: MailboxId): Promise<MailboxState> {
    const row = await this.#metadata.mailbox(account, mailbox)
    if (!row) throw new Refusal('mailbox-missing', 'No such mailbox')
    const state = new MailboxState(row)
    const pace = new Pace()
    // Pages may be of different moments: what changed after `row` was read comes with the first refresh, which names its modseq.
    for (let after = 0; ; ) {
      const page = await this.#metadata.entries(account, mailbox, after, PAGE)
      if (page.length === 0) break
      state.apply({
        changed: page,
        vanished: new Uint32Array(0),
        complete: true,
        modseq: row.modseq,
        uidNext: row.uidNext,
      })
      after = page.uid[page.length - 1]!
      if (page.length < PAGE) break
      const wait = pace.rest()
      if (wait) await wait
    }
    return state
  }

  async #refresh(account: AccountId, held: Held, mayRest = false): Promise<void> {
    // Someone else's refresh may have begun before the change we must see: wait for it, then look again ourselves.
    while (held.refreshing) await held.refreshing
    const { state } = held
    const refreshing = (async () => {
      const row = await this.#metadata.mailbox(account, state.id)
      if (!row) throw new Refusal('mailbox-missing', 'The mailbox was deleted')
      if (state.resting && !mayRest) state.wake(await this.#read(account, state.id))
      else if (row.modseq === state.modseq) return
      else if (state.resting) state.wake(await this.#read(account, state.id))
      state.apply(await this.#metadata.changesSince(account, state.id, state.modseq))
    })()
    held.refreshing = refreshing.catch(() => {})
    try {
      await refreshing
    } finally {
      held.refreshing = null
    }
  }

  #trim(): void {
    let entries = 0
    for (const held of this.#held.values()) if (held.users === 0) entries += held.state.length + 100
    for (const [key, held] of this.#held) {
      if (entries <= KEPT_ENTRIES) return
      if (held.users > 0) continue
      this.#held.delete(key)
      entries -= held.state.length + 100
    }
  }
}
