import type { Log } from '#base/log.ts'
import type { DeliverySettings } from '#mail/deliver.ts'
import type { MailServices } from '#mail/mail.ts'
import type { RecipientSettings } from '#mail/recipient.ts'
import type { Users } from '#ports/users.ts'
import type { QuotaPolicy } from './replies.ts'

export type LmtpSettings = DeliverySettings &
  RecipientSettings & {
    /** The name we greet with. */
    readonly hostname: string
    readonly overQuota: QuotaPolicy
  }

export type DeliveryResult = {
  readonly result: 'stored' | 'refused' | 'failed'
  readonly octets: number
  readonly ms: number
}

/** What all LMTP sessions of a thread share. */
export type LmtpServices = {
  readonly mail: MailServices
  readonly users: Pick<Users, 'find'>
  readonly log: Log
  readonly settings: LmtpSettings
  /** Told of every recipient's outcome, for metrics. */
  readonly observe?: (delivery: DeliveryResult) => void
}

export type LmtpListener =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string }
