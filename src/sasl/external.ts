import { SyntaxFault } from '#base/errors.ts'
import { challenge, done, type SaslContext, type SaslExchange, type SaslStep, utf8Text } from './exchange.ts'

/** EXTERNAL: TLS has proved who it is; the message names whom he wants to be, or nobody. RFC 4422 appendix A */
export class ExternalExchange implements SaslExchange {
  readonly #context: SaslContext
  readonly #fingerprint: string

  constructor(context: SaslContext, fingerprint: string) {
    this.#context = context
    this.#fingerprint = fingerprint
  }

  async step(input: Uint8Array | null): Promise<SaslStep> {
    if (input === null) return challenge('')
    const authzid = utf8Text(input)
    if (authzid.includes('\0')) throw new SyntaxFault('not an EXTERNAL message')
    const name = authzid === '' ? null : authzid
    return done(await this.#context.users.byCertificate(this.#fingerprint, name), name)
  }
}
