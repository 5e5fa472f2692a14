import type { Log } from '#base/log.ts'
import type { MailServices } from '#mail/mail.ts'
import type { TlsMaterial } from '#net/tls.ts'
import type { Admission } from '#ports/admission.ts'
import type { Users } from '#ports/users.ts'

export type ImapSettings = {
  /** RFC 7889, octets. */
  readonly appendLimit: number
  /** RFC 9738; null when off. */
  readonly messageLimit: number | null
  readonly saveLimit: number | null
  /** Longest command without literals, and literals held in memory, octets; the first before login. */
  readonly commandOctetsAnonymous: number
  readonly commandOctets: number
  readonly literalOctets: number
  readonly loginMs: number
  readonly idleMs: number
  /** How often an idling client hears "still here", and how often its mailbox is looked at without a hint. */
  readonly heartbeatMs: number
  readonly pollMs: number
  /** Background work that a client announces as such is put off. */
  readonly shedsBackground: boolean
  /** SASL mechanisms that may be offered where they can work. */
  readonly mechanisms: readonly string[]
  /** Addresses from where passwords may come in clear: loopback and networks the operator trusts. */
  trustsPlaintext(address: string): boolean
}

/** Told of what happens, for metrics. */
export interface ImapObserver {
  command(name: string, result: 'OK' | 'NO' | 'BAD', ms: number): void
  login(protocol: 'imap', result: 'ok' | 'failed' | 'throttled'): void
}

/** What all IMAP sessions of a thread share. */
export type ImapServices = {
  readonly mail: MailServices
  readonly users: Users
  readonly admission: Admission
  readonly log: Log
  readonly observer?: ImapObserver
  readonly settings: ImapSettings
  readonly version: string
  /** The certificate to use from now on; null when there is none. */
  tls(): TlsMaterial | null
}
