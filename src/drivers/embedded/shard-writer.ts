import type { AccountId } from '#base/ids.ts'
import type { Hint } from '#ports/bus.ts'
import type { Database } from '../sql/database.ts'
import { revisionsAfter } from '../sql/foreign-changes.ts'
import type { GroupCommit } from './group-commit.ts'
import type { Reply, Request } from './protocol.ts'

/** Requests in one group at most: bounds what one commit makes the first of them wait. */
const GROUP_REQUESTS = 256
/** How often other processes' commits are looked for while somebody watches, milliseconds. */
const POLL_MS = 50

/** Whoever sends requests and watches accounts: a thread's port, or the same thread. */
export interface WriterClient {
  receive(replies: readonly Reply[], hints: readonly Hint[]): void
}

/** The queue before the group commit of one shard, and who is told what after it. */
export class ShardWriter {
  readonly #db: Database
  readonly #commit: GroupCommit
  readonly #queue: { readonly client: WriterClient; readonly request: Request }[] = []
  readonly #watchers = new Map<AccountId, Set<WriterClient>>()
  /** Up to which revision other processes' commits were looked for. Our own are told again then, which does no harm. */
  readonly #told = new Map<AccountId, number>()
  #scheduled = false
  #poll: NodeJS.Timeout | null = null
  #foreign: number

  constructor(db: Database, commit: GroupCommit) {
    this.#db = db
    this.#commit = commit
    this.#foreign = db.foreignVersion()
  }

  submit(client: WriterClient, requests: readonly Request[]): void {
    for (const request of requests) this.#queue.push({ client, request })
    this.#schedule()
  }

  watch(client: WriterClient, account: AccountId): void {
    const clients = this.#watchers.get(account)
    if (clients !== undefined) clients.add(client)
    else {
      this.#watchers.set(account, new Set([client]))
      this.#told.set(account, revisionsAfter(this.#db, account, Number.MAX_SAFE_INTEGER).revision)
    }
    this.#poll ??= setInterval(() => this.#lookForForeign(), POLL_MS).unref()
  }

  unwatch(client: WriterClient, account: AccountId): void {
    const clients = this.#watchers.get(account)
    clients?.delete(client)
    if (clients?.size === 0) {
      this.#watchers.delete(account)
      this.#told.delete(account)
    }
    if (this.#watchers.size === 0) this.#stopPolling()
  }

  leave(client: WriterClient): void {
    for (const account of [...this.#watchers.keys()]) this.unwatch(client, account)
  }

  /** Carries out what is waiting, then closes. */
  close(): void {
    while (this.#queue.length > 0) this.#runGroup()
    this.#stopPolling()
    this.#commit.close()
  }

  #schedule(): void {
    if (this.#scheduled || this.#queue.length === 0) return
    this.#scheduled = true
    // After the poll phase: everything that came while the last group was written is in the queue by then.
    setImmediate(() => {
      this.#scheduled = false
      if (this.#queue.length === 0) return
      this.#runGroup()
      this.#schedule()
    })
  }

  #runGroup(): void {
    const group = this.#queue.splice(0, GROUP_REQUESTS)
    const { outcomes, hints } = this.#commit.run(group.map(({ request }) => request))
    const mail = new Map<WriterClient, { replies: Reply[]; hints: Hint[] }>()
    const to = (client: WriterClient) => {
      let box = mail.get(client)
      if (box === undefined) {
        box = { replies: [], hints: [] }
        mail.set(client, box)
      }
      return box
    }
    group.forEach(({ client, request }, i) => {
      to(client).replies.push({ id: request.id, outcome: outcomes[i]! })
    })
    this.#address(hints, (client, hint) => to(client).hints.push(hint))
    for (const [client, box] of mail) client.receive(box.replies, box.hints)
  }

  #address(hints: readonly Hint[], tell: (client: WriterClient, hint: Hint) => void): void {
    for (const hint of hints) {
      const clients = this.#watchers.get(hint.account)
      if (clients === undefined) continue
      for (const client of clients) tell(client, hint)
    }
  }

  #lookForForeign(): void {
    const version = this.#db.foreignVersion()
    if (version === this.#foreign) return
    this.#foreign = version
    for (const [account, told] of this.#told) {
      const { revision, hints } = revisionsAfter(this.#db, account, told)
      this.#told.set(account, revision)
      this.#address(hints, (client, hint) => client.receive([], [hint]))
    }
  }

  #stopPolling(): void {
    if (this.#poll !== null) clearInterval(this.#poll)
    this.#poll = null
  }
}
