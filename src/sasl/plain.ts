import { SyntaxFault } from '#base/errors.ts'
import { challenge, done, namesSame, type SaslContext, type SaslExchange, type SaslStep, utf8Text } from './exchange.ts'

/** PLAIN: `authzid NUL login NUL password` in one message. RFC 4616 §2 */
export class PlainExchange implements SaslExchange {
  readonly #context: SaslContext

  constructor(context: SaslContext) {
    this.#context = context
  }

  async step(input: Uint8Array | null): Promise<SaslStep> {
    if (input === null) return challenge('')
    const [authzid = '', login = '', secret = '', ...rest] = utf8Text(input).split('\0')
    if (rest.length > 0 || login === '' || secret === '') throw new SyntaxFault('not a PLAIN message')
    if (!namesSame(authzid, login)) return done({ ok: false, reason: 'not-allowed' }, login)
    const { users, protocol, asker } = this.#context
    await this.#context.before(login)
    return done(await users.verifyPassword(login, secret, protocol, asker), login)
  }
}
