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
  importMail(config: Config, mail: Mail, request: ImportRequest): Promise<ImportReport>
  exportMail(mail: Mail, request: ExportRequest): Promise<ExportReport>
}
