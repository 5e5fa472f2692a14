import type { Mail } from '#mail/mail.ts'
import type { Numbering, View } from '#mail/view.ts'
import type { Args } from '../wire/reader.ts'
import type { ResponseCode } from '../wire/writer.ts'
import type { MessageInput } from './message-input.ts'
import type { Session } from './session.ts'

/**
 * A command is a row and two functions. `parse` turns arguments into values and cannot see the session; `run` asks the mail core to do
 * one thing and returns how it ended. Neither writes a tag, and neither checks the phase: the type of `At` proves it.
 */
export type Command<P extends PhaseName, A> = {
  readonly name: string
  /** Least phase in which the command is allowed; `anonymous` only before login. */
  readonly phase: P
  /** True when sequence numbers in its arguments or answers forbid telling EXPUNGE meanwhile (not in its UID form). RFC 9051 §7.5.1 */
  readonly holdsExpunge?: boolean
  /** Also exists as UID <name>; `only` when it exists as nothing else. */
  readonly uid?: true | 'only'
  /** Its arguments name messages by sequence number, so that UIDONLY refuses the form without UID. RFC 9586 §3 */
  readonly numbers?: boolean
  parse(args: Args): A
  /** null when the tagged answer comes later: IDLE. */
  run(at: At<P>, args: A, numbering: Numbering): Promise<Ending | null> | Ending | null
}

/** A command whose message literals stream past the framer instead of being held: APPEND, REPLACE. */
export type StreamingCommand<P extends PhaseName> = Omit<Command<P, never>, 'parse' | 'run'> & {
  readonly streams: true
  run(at: At<P>, input: MessageInput, numbering: Numbering): Promise<Ending>
}

export type PhaseName = 'any' | 'anonymous' | 'authenticated' | 'selected'

/** What a command may use in each phase. */
export type At<P extends PhaseName> = { readonly session: Session } & (P extends 'selected'
  ? { readonly mail: Mail; readonly view: View }
  : P extends 'authenticated'
    ? { readonly mail: Mail }
    : unknown)

/** What the session is in now. */
export type Phase =
  | { readonly phase: 'anonymous' }
  | { readonly phase: 'authenticated'; readonly mail: Mail; readonly login: string }
  | { readonly phase: 'selected'; readonly mail: Mail; readonly login: string; readonly view: View }

/** How a command ended. The text is for people; the code, without brackets, for programs. RFC 9051 §7.1 */
export type Ending = {
  readonly status: 'OK' | 'NO' | 'BAD'
  readonly code?: ResponseCode
  readonly text: string
  /** Done after the tagged line is written: a TLS handshake, a compressor, a BYE. */
  readonly after?: () => void | Promise<void>
}

export const ok = (text: string, code?: ResponseCode): Ending =>
  code ? { status: 'OK', code, text } : { status: 'OK', text }
export const no = (text: string, code?: ResponseCode): Ending =>
  code ? { status: 'NO', code, text } : { status: 'NO', text }
export const bad = (text: string, code?: ResponseCode): Ending =>
  code ? { status: 'BAD', code, text } : { status: 'BAD', text }

/** Any row of the table, as the loop sees it. */
export type Row =
  | (Omit<Command<PhaseName, unknown>, 'run'> & {
      run(at: never, args: unknown, numbering: Numbering): Promise<Ending | null> | Ending | null
      readonly streams?: never
    })
  | (Omit<StreamingCommand<PhaseName>, 'run'> & {
      run(at: never, input: MessageInput, numbering: Numbering): Promise<Ending>
    })
