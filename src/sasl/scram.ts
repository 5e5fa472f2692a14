/** SCRAM-SHA-1 and SCRAM-SHA-256, with and without channel binding. RFC 5802, RFC 7677, RFC 9266 */
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { SyntaxFault } from '#base/errors.ts'
import type { Login, ScramHash, ScramVerifier } from '#ports/users.ts'
import {
  type BindingType,
  challenge,
  done,
  namesSame,
  type SaslContext,
  type SaslExchange,
  type SaslStep,
  utf8Text,
  wrong,
} from './exchange.ts'
import { type ClientFirst, readClientFinal, readClientFirst } from './scram-message.ts'

export const bindingTypes: readonly BindingType[] = ['tls-exporter', 'tls-server-end-point']

export type ScramOptions = {
  readonly hash: ScramHash
  /** The -PLUS form was chosen. */
  readonly plus: boolean
  /** The -PLUS form was offered: a client that can bind and believes otherwise was lied to. RFC 5802 §6 */
  readonly plusOffered: boolean
  readonly makeNonce?: () => string
}

type Asked = {
  readonly first: ClientFirst
  readonly serverFirst: string
  readonly nonce: string
  /** GS2 header and binding octets, as the last message must repeat them. */
  readonly bound: Buffer
  readonly verifier: ScramVerifier
  readonly user: Login | null
}

/** client-first → server-first → client-final → server-final as a challenge → empty → done. */
export class ScramExchange implements SaslExchange {
  readonly #context: SaslContext
  readonly #options: ScramOptions
  #asked: Asked | null = null
  #proved: Login | null = null

  constructor(context: SaslContext, options: ScramOptions) {
    this.#context = context
    this.#options = options
  }

  async step(input: Uint8Array | null): Promise<SaslStep> {
    if (this.#proved !== null) return this.#confirm(input, this.#proved)
    if (input === null && this.#asked === null) return challenge('')
    const message = utf8Text(input ?? new Uint8Array())
    return this.#asked === null ? this.#ask(readClientFirst(message)) : this.#prove(message, this.#asked)
  }

  async #ask(first: ClientFirst): Promise<SaslStep> {
    const { login } = first
    const bound = this.#bound(first)
    if (login === '' || bound === null || !namesSame(first.authzid, login)) return wrong(login === '' ? null : login)
    const { users, protocol } = this.#context
    const { verifier, user } = await users.scramVerifier(login, this.#options.hash, protocol)
    const nonce = first.nonce + (this.#options.makeNonce ?? makeNonce)()
    const serverFirst = `r=${nonce},s=${base64(verifier.salt)},i=${verifier.iterations}`
    this.#asked = { first, serverFirst, nonce, bound, verifier, user }
    return challenge(serverFirst)
  }

  /** What the last message must carry in `c`; null when the client's choice does not fit the mechanism, or was forged. */
  #bound({ binding, gs2Header }: ClientFirst): Buffer | null {
    const { plus, plusOffered } = this.#options
    const header = Buffer.from(gs2Header, 'utf8')
    if (binding === 'n' || binding === 'y') return plus || (binding === 'y' && plusOffered) ? null : header
    const type = bindingTypes.find(each => each === binding.type)
    const octets = plus && type !== undefined ? this.#context.secure?.channelBinding(type) : null
    return octets == null ? null : Buffer.concat([header, octets])
  }

  async #prove(message: string, asked: Asked): Promise<SaslStep> {
    const { first, serverFirst, nonce, bound, verifier, user } = asked
    const final = readClientFinal(message)
    await this.#context.before(first.login)
    const authMessage = `${first.bare},${serverFirst},${final.withoutProof}`
    // All of it is computed whatever fails, so that time says nothing.
    const proofRight = this.#provesKey(final.proof, verifier, authMessage)
    const boundRight = same(Buffer.from(final.binding, 'base64'), bound)
    const nonceRight = same(Buffer.from(final.nonce), Buffer.from(nonce))
    if (!proofRight || !boundRight || !nonceRight || user === null) return wrong(first.login)
    this.#proved = user
    return challenge(`v=${base64(this.#hmac(verifier.serverKey, authMessage))}`)
  }

  #provesKey(proof: Buffer, verifier: ScramVerifier, authMessage: string): boolean {
    const signature = this.#hmac(verifier.storedKey, authMessage)
    const key = Buffer.from(signature.map((octet, i) => octet ^ (proof[i] ?? 0)))
    const stored = createHash(this.#digest).update(key).digest()
    return same(stored, verifier.storedKey) && proof.length === signature.length
  }

  /** IMAP and POP3 have no success with data: the client answers the server's signature with nothing. RFC 4422 §3.6 */
  #confirm(input: Uint8Array | null, user: Login): SaslStep {
    if (input !== null && input.length > 0) throw new SyntaxFault('nothing was expected')
    this.#context.users.used?.(user)
    return done({ ok: true, user }, user.login)
  }

  #hmac(key: Uint8Array, message: string): Buffer {
    return createHmac(this.#digest, key).update(message).digest()
  }

  get #digest(): 'sha1' | 'sha256' {
    return this.#options.hash === 'SHA-1' ? 'sha1' : 'sha256'
  }
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')
/** Base64 has no comma, which would end the nonce. */
const makeNonce = (): string => randomBytes(18).toString('base64')
const same = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && timingSafeEqual(a, b)
