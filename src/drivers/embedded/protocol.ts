import { Refusal, type Refused, type StoreFailure, StoreFault } from '#base/errors.ts'
import type { AccountId } from '#base/ids.ts'
import type { Hint } from '#ports/bus.ts'
import type { Form } from '../segments/record.ts'
import type { BodyBytes } from '../segments/segment-writer.ts'
import type { Intent } from '../sql/intents.ts'

/** What clients and a writer say to each other: plain data, so that it also crosses threads. */

/** A body that comes with an intent: its octets, or the file it has in the shard already. */
export type Body =
  | ({ readonly kind: 'bytes' } & BodyBytes)
  | { readonly kind: 'file'; readonly name: string; readonly form: Form; readonly stored: number }

export type Request = { readonly id: number; readonly intent: Intent; readonly bodies: readonly Body[] }

export type ToWriter =
  | { readonly kind: 'requests'; readonly requests: readonly Request[] }
  | { readonly kind: 'watch' | 'unwatch'; readonly account: AccountId }

export type FromWriter = { readonly replies: readonly Reply[]; readonly hints: readonly Hint[] }

export type Reply = { readonly id: number; readonly outcome: Outcome }
export type Outcome =
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly failure: Failure }

/** An error as data; classes do not survive the way between threads. */
export type Failure =
  | { readonly kind: 'refusal'; readonly reason: Refused; readonly message: string }
  | { readonly kind: 'fault'; readonly failure: StoreFailure; readonly message: string; readonly cause: string }
  | { readonly kind: 'bug'; readonly message: string; readonly stack: string }

export function failureOf(error: unknown): Failure {
  if (error instanceof Refusal) return { kind: 'refusal', reason: error.reason, message: error.message }
  if (error instanceof StoreFault) {
    const cause = error.cause instanceof Error ? error.cause.message : ''
    return { kind: 'fault', failure: error.failure, message: error.message, cause }
  }
  const bug = error instanceof Error ? error : new Error(String(error))
  return { kind: 'bug', message: bug.message, stack: bug.stack ?? '' }
}

export function errorOf(failure: Failure): Error {
  if (failure.kind === 'refusal') return new Refusal(failure.reason, failure.message)
  if (failure.kind === 'fault') return new StoreFault(failure.failure, failure.message, { cause: failure.cause })
  return new Error(failure.message, { cause: failure.stack })
}
