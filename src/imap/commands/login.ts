import { setTimeout as sleep } from 'node:timers/promises'
import type { Octets } from '#base/bytes.ts'
import { asBuffer, bytesOf } from '#base/bytes.ts'
import { Refusal, SyntaxFault } from '#base/errors.ts'
import { networkOf } from '#net/admission.ts'
import type { Asker, LoginAnswer } from '#ports/users.ts'
import { type SaslContext, startSasl } from '#sasl/mechanisms.ts'
import { bad, type Command, type Ending, no, ok } from '../session/command.ts'
import type { Session } from '../session/session.ts'

/** RFC 9051 §6.2.1: whatever was pipelined behind it is forgotten unread. */
export const startTls: Command<'anonymous', null> = {
  name: 'STARTTLS',
  phase: 'anonymous',
  parse(args) {
    args.end()
    return null
  },
  async run({ session }) {
    const tls = session.services.tls()
    if (!tls) throw new Refusal('not-possible', 'There is no certificate for TLS')
    if (session.connection.secure) return bad('TLS is active already')
    const { tag } = session
    session.input.framer.takeRest()
    await session.connection.startTls(tls, `${tag} OK Begin TLS now\r\n`)
    return null
  },
}

type Credentials = { readonly login: string; readonly secret: string }

/** RFC 9051 §6.2.3 */
export const login: Command<'anonymous', Credentials> = {
  name: 'LOGIN',
  phase: 'anonymous',
  parse(args) {
    args.space()
    const login = textOf(args.astring())
    args.space()
    const secret = textOf(args.astring())
    args.end()
    return { login, secret }
  },
  async run({ session }, { login, secret }) {
    if (!session.mayUsePlaintext()) return no('Passwords need TLS here; use STARTTLS', ['PRIVACYREQUIRED'])
    using attempt = new Attempt(session)
    const answer = await attempt.patiently(async () => {
      await attempt.begin(login)
      return await session.services.users.verifyPassword(login, secret, 'imap', attempt)
    })
    return await conclude(attempt, answer)
  },
}

/** Clients send names and passwords in UTF-8 when they have more than ASCII. */
const textOf = (octets: Octets): string => bytesOf(octets).toString('utf8')

type SaslStart = { readonly mechanism: string; readonly initial: Octets | null }

/** RFC 9051 §6.2.2; the initial response is RFC 4959. */
export const authenticate: Command<'anonymous', SaslStart> = {
  name: 'AUTHENTICATE',
  phase: 'anonymous',
  parse(args) {
    args.space()
    const mechanism = args.word()
    if (args.atEnd()) return { mechanism, initial: null }
    args.space()
    const initial = args.atom()
    args.end()
    return { mechanism, initial }
  },
  async run({ session }, { mechanism, initial }) {
    using attempt = new Attempt(session)
    const exchange = session.mechanisms().includes(mechanism) ? startSasl(mechanism, contextOf(attempt)) : null
    if (!exchange) {
      const needsTls = (mechanism === 'PLAIN' || mechanism === 'LOGIN') && !session.mayUsePlaintext()
      return needsTls
        ? no('Passwords need TLS here; use STARTTLS', ['PRIVACYREQUIRED'])
        : no('That mechanism is not offered here', ['CANNOT'])
    }
    let input = initial === null ? null : decode(initial === '=' ? '' : initial)
    for (;;) {
      const step = await attempt.patiently(() => exchange.step(input))
      if (step.step === 'done') return await conclude(attempt, step.answer)
      session.continuation(asBuffer(step.challenge).toString('base64'))
      const line = await session.input.nextLine()
      if (line === null) return bad('The exchange broke off')
      if (line === '*') return bad('Cancelled')
      input = decode(line)
    }
  },
}

const contextOf = (attempt: Attempt): SaslContext => ({
  users: attempt.session.services.users,
  protocol: 'imap',
  plaintext: attempt.session.mayUsePlaintext(),
  secure: attempt.session.connection.secure,
  before: login => attempt.begin(login),
  asker: attempt,
})

/** @throws {SyntaxFault} for what is not base64 */
function decode(base64: Octets): Uint8Array {
  if (base64.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(base64)) throw new SyntaxFault('That is not base64')
  return Buffer.from(base64, 'base64')
}

/** RFC 8437: the connection is as after its greeting; TLS stays, compression ends. */
export const unauthenticate: Command<'authenticated', null> = {
  name: 'UNAUTHENTICATE',
  phase: 'authenticated',
  parse(args) {
    args.end()
    return null
  },
  run({ session }) {
    session.leave()
    session.connection.idleLimit(null)
    session.connection.deadline(session.services.settings.loginMs)
    return { ...ok('UNAUTHENTICATE done'), after: () => session.connection.stopDeflate() }
  },
}

/** One try to log in: waits for those that failed before, and is counted once, also when it breaks off. */
class Attempt implements Disposable, Asker {
  readonly session: Session
  readonly network: string
  #login: string | null = null

  constructor(session: Session) {
    this.session = session
    this.network = networkOf(session.connection.remoteAddress)
  }

  get hasLeft(): boolean {
    return this.session.connection.ended !== null
  }

  /** The time that the client waits for us, in the line for a slow hash perhaps, is not held against it. */
  async patiently<Result>(work: () => Promise<Result>): Promise<Result> {
    const release = this.session.connection.holdDeadline()
    try {
      return await work()
    } finally {
      release()
    }
  }

  /** The check itself comes after the wait, so that guessing costs time, not work. */
  async begin(login: string): Promise<void> {
    const { services, connection, id } = this.session
    this.end(null)
    this.#login = login
    const { delayMs } = await services.admission.beforeLogin(connection.remoteAddress, login)
    if (delayMs === 0) return
    services.observer?.login('imap', 'throttled')
    services.log.info('auth.throttled', { session: id, address: connection.remoteAddress, delayMs })
    await sleep(delayMs, undefined, { signal: connection.signal })
  }

  /** null: nothing was found out about the secret. */
  end(success: boolean | null): void {
    const { services, connection } = this.session
    if (this.#login !== null) services.admission.afterLogin(connection.remoteAddress, this.#login, success)
    this.#login = null
  }

  [Symbol.dispose](): void {
    this.end(null)
  }
}

/** What every way to log in ends with. Nothing here tells an unknown login from a wrong secret. */
async function conclude(attempt: Attempt, answer: LoginAnswer): Promise<Ending> {
  const { session } = attempt
  const { admission, log } = session.services
  const address = session.connection.remoteAddress
  if (answer.ok || answer.reason !== 'unavailable') attempt.end(answer.ok)
  session.services.observer?.login('imap', answer.ok ? 'ok' : 'failed')
  if (!answer.ok) {
    log.info('auth.failed', { session: session.id, address, reason: answer.reason })
    return failures[answer.reason]
  }
  const { user } = answer
  const { refused } = await admission.enter(user.login)
  if (refused !== null) return no(refused, ['LIMIT'])
  try {
    await session.authenticated(user)
  } catch (error) {
    admission.leave(user.login)
    throw error
  }
  log.info('auth.ok', { session: session.id, address, login: user.login, credential: user.credential })
  return ok('Logged in', ['CAPABILITY', ...session.capabilities()])
}

/** RFC 5530 §3. Clients forget a stored password on AUTHENTICATIONFAILED, so that is said for nothing else. */
const failures: Readonly<Record<Exclude<LoginAnswer, { ok: true }>['reason'], Ending>> = {
  'bad-credentials': no('Wrong name or password', ['AUTHENTICATIONFAILED']),
  disabled: no('This account is closed; ask your administrator', ['CONTACTADMIN']),
  expired: no('This password has expired', ['EXPIRED']),
  'not-allowed': no('These credentials may not be used so', ['AUTHORIZATIONFAILED']),
  unavailable: no('Logins cannot be checked now; try again later', ['UNAVAILABLE']),
}
