/** What verbs ask of the rest. The composition root gives it, so that no verb names a driver. */

import type { Loaded } from '#config/load.ts'
import type { Config } from '#config/schema.ts'
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

export interface Composition {
  /** Serves until SIGTERM or SIGINT and a drain; resolves with the exit code. */
  serve(request: ServeRequest): Promise<number>
  /** The directory of the data folder, which is created when missing; a server may be running on it. */
  openUsers(config: Config): Promise<Opened<UserAdmin>>
}
