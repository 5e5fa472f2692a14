/**
 * A SASL exchange as the protocols see it: octets in, octets out, an answer at the end. RFC 4422 §3
 *
 * The protocol does the base64 and knows its own signs: a missing initial response is `null`, an empty one (`=` in IMAP, RFC 4959 §3) is an empty array, and
 * an exchange that the client cancels (`*`) is simply dropped.
 */
import { SyntaxFault } from '#base/errors.ts'
import type { Asker, LoginAnswer, Protocol, Users } from '#ports/users.ts'

export type BindingType = 'tls-exporter' | 'tls-server-end-point'

export type SaslContext = {
  readonly users: Users
  readonly protocol: Protocol
  /** Secrets may be sent as they are: TLS, or nobody between. */
  readonly plaintext: boolean
  /** The TLS connection, null without. `clientFingerprint` is of a verified client certificate. */
  readonly secure: {
    readonly clientFingerprint: string | null
    channelBinding(type: BindingType): Uint8Array | null
  } | null
  /** Called when it is known who wants in and before any secret is checked: the place to wait. */
  before(login: string): Promise<void>
  /** Who asks, where many may ask at once. */
  readonly asker?: Asker
}

export type SaslStep =
  | { readonly step: 'challenge'; readonly challenge: Uint8Array }
  /** `login` is who wanted in, null when it was not said; for counting failures. */
  | { readonly step: 'done'; readonly answer: LoginAnswer; readonly login: string | null }

export interface SaslExchange {
  /**
   * The client's next message. Not called again after `done`.
   * @throws {SyntaxFault} when it is not of the mechanism's form; the exchange is over
   */
  step(input: Uint8Array | null): Promise<SaslStep>
}

export const challenge = (text: string): SaslStep => ({ step: 'challenge', challenge: Buffer.from(text, 'latin1') })
export const done = (answer: LoginAnswer, login: string | null): SaslStep => ({ step: 'done', answer, login })
export const wrong = (login: string | null): SaslStep => done({ ok: false, reason: 'bad-credentials' }, login)

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** @throws {SyntaxFault} */
export function utf8Text(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes)
  } catch {
    throw new SyntaxFault('not UTF-8')
  }
}

/** Acting for somebody else is not offered: an authorization identity may only repeat the login. */
export const namesSame = (authzid: string, login: string): boolean =>
  authzid === '' || authzid.normalize('NFC').toLowerCase() === login.normalize('NFC').toLowerCase()
