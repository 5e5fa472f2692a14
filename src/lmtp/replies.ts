import { Refusal, type Refused, type StoreFailure, StoreFault } from '#base/errors.ts'

/** One reply line: a basic code, an enhanced one, and words. Thrown where a command is refused. RFC 5321 §4.2, RFC 2034, RFC 3463 */
export class Reply extends Error {
  override readonly name = 'Reply'
  readonly code: number
  readonly status: string

  constructor(code: number, status: string, text: string) {
    super(text)
    this.code = code
    this.status = status
  }

  override toString(): string {
    return `${this.code} ${this.status} ${this.message.replace(/[^\x20-\x7e]+/g, '?')}\r\n`
  }
}

export const delivered = new Reply(250, '2.0.0', 'Delivered')
export const recipientOk = new Reply(250, '2.1.5', 'Recipient OK')
export const unknownUser = (): Reply => new Reply(550, '5.1.1', 'No such user here')
export const tooManyRecipients = (): Reply =>
  new Reply(452, '4.5.3', 'Too many recipients; send the others in another transaction')

/** What a full account means to the sender's side: try again until there is room, or give the mail back. */
export type QuotaPolicy = 'temporary' | 'permanent'

type Code = readonly [code: number, status: string]

const overQuota = { temporary: [452, '4.2.2'], permanent: [552, '5.2.2'] } as const satisfies Record<QuotaPolicy, Code>
const ours: Code = [451, '4.3.0']

const refusals = {
  'mailbox-missing': ours,
  'mailbox-exists': ours,
  'target-missing': ours,
  'mailbox-name': ours,
  'too-big': [552, '5.3.4'],
  'not-allowed': [550, '5.7.1'],
  'not-possible': ours,
  'in-use': ours,
  limit: [452, '4.5.3'],
  'unknown-cte': ours,
  'bad-charset': ours,
} as const satisfies Record<Exclude<Refused, 'over-quota'>, Code>

const failures = {
  unavailable: [451, '4.3.0'],
  full: [452, '4.3.1'],
  missing: [451, '4.3.0'],
  corrupt: [451, '4.3.0'],
} as const satisfies Record<StoreFailure, Code>

/**
 * The only place where what the core refuses becomes an LMTP reply. What we do not understand is temporary: mail must not be lost by our
 * mistakes.
 */
export function replyFor(error: unknown, policy: QuotaPolicy): Reply {
  if (error instanceof Reply) return error
  if (error instanceof Refusal) {
    const [code, status] = error.reason === 'over-quota' ? overQuota[policy] : refusals[error.reason]
    return new Reply(code, status, error.message)
  }
  const [code, status]: Code = error instanceof StoreFault ? failures[error.failure] : ours
  return new Reply(code, status, 'The mail cannot be stored now; try again later')
}
