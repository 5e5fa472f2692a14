/** Three of the four families of errors; the fourth is everything else, which is a bug of ours. */

export type Refused =
  | 'mailbox-missing'
  | 'mailbox-exists'
  | 'target-missing'
  | 'mailbox-name'
  | 'over-quota'
  | 'too-big'
  | 'not-allowed'
  | 'not-possible'
  | 'in-use'
  | 'limit'
  | 'unknown-cte'
  | 'bad-charset'

/** A request we understood and will not carry out. Expected; never logged as an error. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly reason: Refused

  constructor(reason: Refused, message: string, options?: ErrorOptions) {
    super(message, options)
    this.reason = reason
  }
}

/** What the client sent is not of the protocol's form. The message may be shown to the client. */
export class SyntaxFault extends Error {
  override readonly name = 'SyntaxFault'
}

export type StoreFailure = 'unavailable' | 'full' | 'missing' | 'corrupt'

/** The store could not do what it should have. Logged once with its cause; the client may try again. */
export class StoreFault extends Error {
  override readonly name = 'StoreFault'
  readonly failure: StoreFailure

  constructor(failure: StoreFailure, message: string, options?: ErrorOptions) {
    super(message, options)
    this.failure = failure
  }
}
