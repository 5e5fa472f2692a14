import { Refusal, StoreFault } from '#base/errors.ts'
import { limits } from '#base/limits.ts'
import { Delivery, type Destination, type Outcome, openDestination } from '#mail/deliver.ts'
import { findRecipient } from '#mail/recipient.ts'
import { delivered, Reply, replyFor, tooManyRecipients, unknownUser } from './replies.ts'
import type { LmtpServices } from './services.ts'

/**
 * One mail transaction: the recipients that were accepted, in the order of their RCPT commands, and later an answer for each, also where
 * the same one was named twice. RFC 2033 §4.2
 */
export class LmtpTransaction {
  readonly #services: LmtpServices
  readonly #session: number
  readonly #sender: string
  readonly #octets: number
  readonly #destinations: Destination[] = []

  /** `octets`: what the sender declared by SIZE, 0 when nothing. */
  constructor(services: LmtpServices, session: number, sender: string, octets: number) {
    this.#services = services
    this.#session = session
    this.#sender = sender
    this.#octets = octets
  }

  get recipients(): number {
    return this.#destinations.length
  }

  /** @throws {Reply} */
  async addRecipient(address: string): Promise<void> {
    const { users, mail, settings } = this.#services
    if (this.#destinations.length >= limits.lmtpRecipients) throw this.#refused(tooManyRecipients())
    try {
      const recipient = await findRecipient(users, address, settings)
      // A disabled user cannot log in, but must not lose what is sent meanwhile.
      if (!recipient) throw unknownUser()
      this.#destinations.push(await openDestination(mail, recipient, this.#octets))
    } catch (error) {
      throw this.#refused(error)
    }
  }

  /**
   * Takes the message and answers for each recipient once it is stored, or surely is not.
   * @throws {Gone} when the sender left before the message was whole: nothing is stored
   */
  async receive(message: AsyncIterable<Uint8Array>): Promise<readonly Reply[]> {
    const { mail, settings } = this.#services
    const begun = performance.now()
    await using delivery = new Delivery(mail, settings, this.#sender, this.#destinations)
    let failure: unknown = null
    // After a failure the rest is read all the same: the answer comes when the sender listens.
    for await (const chunk of message) {
      if (failure === null) failure = await failureOf(delivery.write(chunk))
    }
    if (failure !== null) {
      const reply = this.#refused(failure)
      return this.#destinations.map(() => reply)
    }
    const outcomes = await delivery.finish()
    const ms = Math.round(performance.now() - begun)
    return outcomes.map(outcome => this.#answer(outcome, ms))
  }

  #answer(outcome: Outcome, ms: number): Reply {
    if ('error' in outcome) return this.#refused(outcome.error)
    const { destination, octets, stored } = outcome
    this.#services.log.info('delivery.done', {
      session: this.#session,
      login: destination.user.login,
      uid: stored.uids[0],
      octets,
      ms,
    })
    this.#services.observe?.({ result: 'stored', octets, ms })
    return delivered
  }

  #refused(error: unknown): Reply {
    const { log, settings, observe } = this.#services
    const reply = replyFor(error, settings.overQuota)
    const fields = { session: this.#session, code: reply.code, status: reply.status }
    const expected = error instanceof Reply || error instanceof Refusal
    if (expected) log.info('delivery.refused', fields)
    else if (error instanceof StoreFault) log.error('store.fault', { ...fields, failure: error.failure, err: error })
    else log.error('session.fault', { ...fields, err: error })
    observe?.({ result: expected ? 'refused' : 'failed', octets: 0, ms: 0 })
    return reply
  }
}

const failureOf = (work: Promise<void>): Promise<unknown> =>
  work.then(
    () => null,
    error => error,
  )
