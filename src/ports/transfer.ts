/** Mail in files: what is asked of an import and of an export, and what they answer. */

export const formats = ['mbox', 'maildir', 'eml'] as const
export type Format = (typeof formats)[number]

/** How an mbox hides lines of a message that begin with "From ". */
export const quotings = ['mboxrd', 'mboxo', 'none'] as const
export type Quoting = (typeof quotings)[number]

/** How far it has come. The unit is what can be counted beforehand: messages where each is a file, else MiB. */
export type TransferProgress = { readonly done: number; readonly total: number; readonly unit: 'messages' | 'MiB' }

/** Something that was not taken over, and why; never silent, never the end of the work. `place`: file, or file@offset. */
export type Problem = { readonly place: string; readonly problem: string }

export type ImportRequest = {
  readonly path: string
  /** Mailbox that the mail comes into or below; null: where the source says, INBOX when it says nothing. */
  readonly into: string | null
  /** null: what the path looks like. */
  readonly format: Format | null
  readonly quoting: Quoting
  /** Reads everything, changes nothing. */
  readonly dryRun: boolean
  /** Takes what an earlier import of the same source has brought already. */
  readonly again: boolean
  onProgress(progress: TransferProgress): void
  onProblem(problem: Problem): void
}

export type ImportReport = {
  readonly format: Format
  readonly mailboxes: number
  readonly messages: number
  readonly octets: number
  /** Brought by an earlier import of the same source. */
  readonly skipped: number
  /** Had a UID in the source that could not be kept. */
  readonly renumbered: number
  readonly problems: number
}

export type ExportRequest = {
  readonly target: string
  readonly format: Format
  /** Names; `NAME/*` means those below. Empty: all. */
  readonly mailboxes: readonly string[]
  onProgress(progress: TransferProgress): void
  onProblem(problem: Problem): void
}

export type ExportReport = {
  readonly format: Format
  readonly mailboxes: number
  readonly messages: number
  readonly octets: number
  /** Were complete already, from a run that was interrupted. */
  readonly skipped: number
  readonly problems: number
}
