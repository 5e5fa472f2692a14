import { Refusal } from '#base/errors.ts'
import type { AccountId } from '#base/ids.ts'
import type { Hint } from '#ports/bus.ts'
import { createAccount, deleteAccount, type ShardPlace, setQuota } from './accounts.ts'
import { append, replace } from './append.ts'
import { emptySegment, forgetSegment, relocate, sealSegment } from './bodies.ts'
import { trimLog } from './changes.ts'
import { repairRows } from './consistency.ts'
import { copy, move } from './copy.ts'
import type { Database } from './database.ts'
import { expunge } from './expunge.ts'
import { setFlags } from './flags.ts'
import { claimRecent, createMailboxes, deleteMailbox, renameMailboxes, setRole, setSubscribed } from './mailboxes.ts'
import { purgeExpunged } from './purge.ts'
import { type Placed, Transaction } from './transaction.ts'
import { undelete } from './undelete.ts'

/** Everything that changes one account. Names and arguments travel to the writer as plain data. */
const accountIntents = {
  append,
  claimRecent,
  copy,
  createMailboxes,
  deleteMailbox,
  expunge,
  move,
  renameMailboxes,
  replace,
  setFlags,
  setQuota,
  setRole,
  setSubscribed,
  undelete,
}

/** What concerns a whole shard. */
const shardIntents = {
  createAccount: ({ db, now, place }: ShardContext): AccountId => createAccount(db, now, place),
  deleteAccount: ({ db }: ShardContext, id: AccountId): void => deleteAccount(db, id),
  purgeExpunged: ({ db }: ShardContext, before: number, count: number): number => purgeExpunged(db, before, count),
  sealSegment: ({ db }: ShardContext, segment: number): void => sealSegment(db, segment),
  emptySegment: ({ db, now }: ShardContext, segment: number): void => emptySegment(db, segment, now),
  forgetSegment: ({ db }: ShardContext, segment: number): boolean => forgetSegment(db, segment),
  relocate: ({ db, bodies }: ShardContext, moved: Parameters<typeof relocate>[1]): void => relocate(db, moved, bodies),
  repair: ({ db }: ShardContext): readonly string[] => repairRows(db),
  trimLog: ({ db }: ShardContext, keep: number, mailboxes: number): number => trimLog(db, keep, mailboxes),
}

export type ShardContext = {
  readonly db: Database
  readonly now: number
  readonly place: ShardPlace
  readonly bodies: readonly Placed[]
}

type Rest<F> = F extends (first: never, ...rest: infer R) => unknown ? R : never
type AccountIntents = typeof accountIntents
type ShardIntents = typeof shardIntents

export type AccountIntent = keyof AccountIntents
export type ShardIntent = keyof ShardIntents
export type IntentArgs<Name extends AccountIntent | ShardIntent> = Rest<(AccountIntents & ShardIntents)[Name]>
export type IntentResult<Name extends AccountIntent | ShardIntent> = ReturnType<(AccountIntents & ShardIntents)[Name]>

/** An intent as data. `account` is null for one that concerns the shard. */
export type Intent = {
  readonly name: AccountIntent | ShardIntent
  readonly account: AccountId | null
  readonly args: readonly unknown[]
}

/** Carries an intent out inside an open database transaction; a throw means that its effects must be rolled back. */
export function runIntent(
  context: ShardContext,
  intent: Intent,
): { readonly result: unknown; readonly hints: readonly Hint[] } {
  if (intent.account === null) {
    const run = shardIntents[intent.name as ShardIntent] as (
      context: ShardContext,
      ...args: readonly unknown[]
    ) => unknown
    return { result: run(context, ...intent.args), hints: [] }
  }
  const run = accountIntents[intent.name as AccountIntent] as (tx: Transaction, ...args: readonly unknown[]) => unknown
  if (run === undefined) throw new Refusal('not-possible', 'The store does not know this intent')
  const tx = new Transaction(context.db, intent.account, context.now, context.bodies)
  const result = run(tx, ...intent.args)
  tx.finish()
  return { result, hints: tx.hints }
}
