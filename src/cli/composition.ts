/** What verbs ask of the rest. The composition root gives it, so that no verb names a driver. */

import type { AccountId } from '#base/ids.ts'
import type { Loaded } from '#config/load.ts'
import type { Config } from '#config/schema.ts'
import type { Mail } from '#mail/mail.ts'
import type { ExportReport, ExportRequest, ImportReport, ImportRequest } from '#ports/transfer.ts'
import type { UserAdmin } from '#ports/users.ts'

/** What was opened by a verb and is closed by it. */
export type Opened<Port> = Port & { close(): Promise<void> }

export type ServeRequest = {
  readonly config: Config
  /** Reads file, environment and the same flags again, for SIGHUP. Its faults are the caller's to log. */
  reload(): Loaded
  /** Make an account with a sample mailbox when there is none yet, and print how to connect. */
  readonly demo: boolean
  /** Text for the person who started the server; the log is another thing. */
  print(text: string): void
}

/** What `check` found; times and places are for people. */
export type CheckReport = {
  readonly messages: number
  readonly octets: number
  readonly faults: readonly {
    readonly shard: number
    readonly fault: string
    readonly where: Readonly<Record<string, unknown>>
  }[]
  readonly repaired: readonly string[]
  readonly leftovers: { readonly tornOctets: number; readonly files: number }
}

export type CheckRequest = {
  readonly repair: boolean
  onProgress(messages: number): void
}

export type PurgeReport = { readonly messages: number; readonly octets: number }

/** How far the search index is. */
export type IndexReport = {
  readonly messages: number
  /** Messages that are not in it yet. */
  readonly behind: number
  readonly octets: number
  readonly files: number
  /** Some process keeps it now. */
  readonly kept: boolean
  readonly rebuildAsked: boolean
  /** Mail that was put in, octets in a second of work, the last time; null when that is not known. */
  readonly octetsPerSecond: number | null
}

export interface Composition {
  /** Serves until SIGTERM or SIGINT and a drain; resolves with the exit code. */
  serve(request: ServeRequest): Promise<number>
  /** The directory of the data folder, which is created when missing; a server may be running on it. */
  openUsers(config: Config): Promise<Opened<UserAdmin>>
  /** The mail of one account; a server may be running on the same data. */
  openMail(config: Config, account: AccountId): Promise<Opened<Mail>>
  /** Verifies the data folder, which must be there, and puts right what can be. */
  check(config: Config, request: CheckRequest): Promise<CheckReport>
  /** Forgets what was expunged before this time (ms) in all accounts, and gives its space back as far as that is safe now. */
  purge(config: Config, before: number, onProgress: (messages: number) => void): Promise<PurgeReport>
  /** The search index of the data folder, which must be there. */
  indexStatus(config: Config): Promise<IndexReport>
  /** Makes the index anew, or asks the process that keeps it to do so and answers null. */
  rebuildIndex(config: Config, onProgress: (messages: number) => void): Promise<IndexReport | null>
  importMail(config: Config, mail: Mail, request: ImportRequest): Promise<ImportReport>
  exportMail(mail: Mail, request: ExportRequest): Promise<ExportReport>
}
