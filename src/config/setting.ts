/** A setting and what its declaration says; from the declarations come the types, the messages, `--help` and docs/config.md. */
import type { Kind } from './kinds.ts'

export type Setting<Value = unknown> = {
  /** Where it stands in the file: `table.name`, or `name` before the first table. */
  readonly key: string
  readonly kind: Kind<Value>
  readonly default: NoInfer<Value>
  /** Sentences for the operator: what it does, what other values mean. */
  readonly doc: string
  /** A value worth showing, in TOML; the kind's example otherwise. */
  readonly example?: string
  /** First version that knows it. */
  readonly since: string
  /** Taken up by SIGHUP; the others by a restart. */
  readonly reloadable: boolean
  /** Its own option of `serve` and `start`, without dashes. */
  readonly flag?: { readonly name: string; readonly value: string }
}

export const setting = <Value>(declared: Setting<Value>): Setting<Value> => declared

export const exampleOf = (each: Setting): string => each.example ?? each.kind.example

/** `limits.message_size` is set by `ROOKERY_LIMITS_MESSAGE_SIZE`. */
export const variableOf = (key: string): string => `ROOKERY_${key.toUpperCase().replaceAll('.', '_')}`
