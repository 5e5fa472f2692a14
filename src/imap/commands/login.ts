import { setTimeout as sleep } from 'node:timers/promises'
import type { Octets } from '#base/bytes.ts'
import { bytesOf } from '#base/bytes.ts'
import { Refusal } from '#base/errors.ts'
import type { LoginAnswer } from '#ports/users.ts'
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
    session.framer.takeRest()
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
    return await admit(session, login, () => session.services.users.verifyPassword(login, secret, 'imap'))
  },
}

/** Clients send names and passwords in UTF-8 when they have more than ASCII. */
const textOf = (octets: Octets): string => bytesOf(octets).toString('utf8')

/** RFC 8437: the connection is as after its greeting; TLS and compression stay. */
export const unauthenticate: Command<'authenticated', null> = {
  name: 'UNAUTHENTICATE',
  phase: 'authenticated',
  parse(args) {
    args.end()
    return null
  },
  run({ session }) {
    session.leave()
    return ok('UNAUTHENTICATE done')
  },
}

/**
 * What every way to log in has in common: the wait that failures earned, the check, the limit of sessions, and the answer. Nothing
 * here tells an unknown login from a wrong secret.
 */
async function admit(session: Session, login: string, verify: () => Promise<LoginAnswer>): Promise<Ending> {
  const { admission, log } = session.services
  const address = session.connection.remoteAddress
  const { delayMs } = await admission.beforeLogin(address, login)
  if (delayMs > 0) {
    log.info('auth.throttled', { session: session.id, address, delayMs })
    await sleep(delayMs, undefined, { signal: session.connection.signal })
  }
  const answer = await verify()
  if (answer.ok || answer.reason !== 'unavailable') admission.afterLogin(address, login, answer.ok)
  if (!answer.ok) {
    log.info('auth.failed', { session: session.id, address, reason: answer.reason })
    return failures[answer.reason]
  }
  const { refused } = await admission.enter(answer.user.login)
  if (refused !== null) return no(refused, ['LIMIT'])
  await session.authenticated(answer.user)
  log.info('auth.ok', { session: session.id, address, login: answer.user.login, credential: answer.user.credential })
  return ok('Logged in', ['CAPABILITY', ...session.capabilities()])
}

/** RFC 5530 §3. Clients forget a stored password on AUTHENTICATIONFAILED, so that is said for nothing else. */
const failures: Readonly<Record<Exclude<LoginAnswer, { ok: true }>['reason'], Ending>> = {
  'bad-credentials': no('Wrong name or password', ['AUTHENTICATIONFAILED']),
  disabled: no('This account is closed; ask your administrator', ['CONTACTADMIN']),
  expired: no('This password has expired', ['EXPIRED']),
  'not-allowed': no('This password is not for IMAP', ['AUTHORIZATIONFAILED']),
  unavailable: no('Logins cannot be checked now; try again later', ['UNAVAILABLE']),
}
