import { Refusal, StoreFault } from '#base/errors.ts'
import type { Config } from '#config/schema.ts'
import { Delivery, type Outcome, openDestination } from '#mail/deliver.ts'
import { findRecipient, type Recipient } from '#mail/recipient.ts'
import { Flag } from '#ports/metadata.ts'
import { Exit, Failure, UsageFault } from '../exits.ts'
import { dataOptions, loaderFor, loadOrFail } from '../settings.ts'
import { verb } from '../verb.ts'

export const deliver = verb({
  name: 'deliver',
  summary: 'Deliver a message from standard input',
  details: [
    'For mail servers and filters that run a program for each message; LMTP is faster. Works while a server runs.',
    '',
    'The message gets a Return-Path and a Delivered-To; a "From " line before it is dropped; line ends become CRLF. A recipient is a login name or an address whose local part is one. What follows the delimiter (ann+lists) names a mailbox; when that is missing the mail goes to INBOX, or it is created if the setting mail.create_detail_folder says so.',
    '',
    'Exit codes are those of sysexits.h: 0 stored for all, 67 no such user (then nobody gets it), 75 try again later (also over quota, unless mail.over_quota is "permanent", then 73), 65 the message is too big or empty, 64 wrong use. With several recipients, some may have got it when the code is not 0: mail servers had better name one at a time.',
  ].join('\n'),
  arguments: [{ name: 'RECIPIENT', doc: 'Who gets it; may be several', optional: true, many: true }],
  options: {
    recipient: { value: 'USER[+FOLDER]', short: 'a', multiple: true, doc: 'Another way to say who gets it' },
    sender: { value: 'ADDRESS', short: 'f', doc: 'For Return-Path; none is that of bounces' },
    mailbox: { value: 'MAILBOX', short: 'm', doc: 'Deliver into this mailbox' },
    seen: { short: 's', doc: 'Mark it as seen' },
    keyword: { value: 'KEYWORD', short: 'k', multiple: true, doc: 'Give it this keyword' },
    ...dataOptions,
  },
  examples: [
    ['rookery deliver ann < message.eml', 'into the inbox of ann'],
    ['rookery deliver -f sender@example.org -a ann+lists', 'as a mail server calls it'],
    ["rookery deliver -m Archive -s -k '$Forwarded' ann < message.eml", 'filed and seen'],
  ],

  async run({ options, arguments: names, composition, terminal }) {
    const addresses = [...names, ...options.recipient]
    if (addresses.length === 0) throw new UsageFault('RECIPIENT is missing: who gets it')
    const keywords = options.keyword.map(checkedKeyword)
    const { config } = loadOrFail(loaderFor(options, terminal.env), terminal)
    const { openUsers, openMail } = composition
    const recipients = await findAll(await openUsers(config), addresses, options.mailbox, config)
    const mail = await openMail(config, recipients[0]!.user.account).catch(error => {
      throw failureOf(error, config)
    })
    try {
      const destinations = await Promise.all(recipients.map(recipient => openDestination(mail, recipient, 0)))
      const labels = { flags: options.seen ? Flag.seen : 0, keywords }
      await using delivery = new Delivery(
        mail,
        config.mail,
        (options.sender ?? '').replace(/^<|>$/g, ''),
        destinations,
        labels,
      )
      for await (const chunk of withoutFromLine(terminal.input)) await delivery.write(chunk)
      if (delivery.octets === 0) throw new Failure(Exit.badData, 'there is no message on standard input')
      return report(await delivery.finish(), config, terminal.err)
    } catch (error) {
      throw failureOf(error, config)
    } finally {
      await mail.close()
    }
  },
})

type Users = Parameters<typeof findRecipient>[0] & { close(): Promise<void> }

/** All of them or none: a mail server that hears 67 returns the message. */
async function findAll(
  users: Users,
  addresses: readonly string[],
  mailbox: string | undefined,
  config: Config,
): Promise<readonly Recipient[]> {
  try {
    const found: Recipient[] = []
    for (const address of addresses) {
      const recipient = await findRecipient(users, address, config.mail)
      if (!recipient) throw new Failure(Exit.noUser, `there is no user ${address}`)
      found.push({ ...recipient, detail: mailbox ?? recipient.detail })
    }
    return found
  } finally {
    await users.close()
  }
}

function checkedKeyword(keyword: string): string {
  // RFC 9051 §9 flag-keyword
  if (!/^[^\x00-\x20\x7f-\uffff(){%*"\\\]]+$/.test(keyword))
    throw new UsageFault(`${JSON.stringify(keyword)} cannot be a keyword`)
  return keyword
}

function report(outcomes: readonly Outcome[], config: Config, err: (text: string) => void): number {
  let exit: number = Exit.ok
  for (const outcome of outcomes) {
    if (!('error' in outcome)) continue
    const failure = failureOf(outcome.error, config)
    if (!(failure instanceof Failure)) throw failure
    err(`rookery deliver: ${outcome.destination.address}: ${failure.message}\n`)
    if (exit === Exit.ok) exit = failure.exit
  }
  return exit
}

/** A full disk, or a store that is away, is no reason to return mail; nor is a full account as long as the setting says so. */
function failureOf(error: unknown, { mail }: Config): unknown {
  if (error instanceof StoreFault) return new Failure(Exit.temporary, error.message, { cause: error })
  if (!(error instanceof Refusal)) return error
  if (error.reason === 'too-big') return new Failure(Exit.badData, error.message)
  const permanent = error.reason === 'over-quota' && mail.overQuota === 'permanent'
  return new Failure(permanent ? Exit.cannotCreate : Exit.temporary, error.message)
}

const LF = 10

/** Programs that work on mbox files put a line "From sender date" before the message, which is none of its header. */
async function* withoutFromLine(input: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  let head: Uint8Array | null = new Uint8Array(0)
  for await (const chunk of input) {
    if (head === null) {
      yield chunk
      continue
    }
    head = Buffer.concat([head, chunk])
    if (head.length < 5) continue
    const isFrom = Buffer.from(head.subarray(0, 5)).toString('latin1') === 'From '
    const end = head.indexOf(LF)
    if (isFrom && end < 0 && head.length < FROM_LINE_OCTETS) continue
    const rest = head.subarray(isFrom && end >= 0 ? end + 1 : 0)
    if (rest.length > 0) yield rest
    head = null
  }
  if (head !== null && head.length > 0) yield head
}

/** What is longer without a line end is not such a line. */
const FROM_LINE_OCTETS = 1024
