import { SyntaxFault } from '#base/errors.ts'
import { challenge, done, type SaslContext, type SaslExchange, type SaslStep, utf8Text } from './exchange.ts'

/** LOGIN, never standardised: asks for the name, then for the password. Outlook sends the name as initial response. draft-murchison-sasl-login-00 */
export class LoginExchange implements SaslExchange {
  readonly #context: SaslContext
  #login: string | null = null

  constructor(context: SaslContext) {
    this.#context = context
  }

  async step(input: Uint8Array | null): Promise<SaslStep> {
    if (input === null) return challenge('Username:')
    const text = utf8Text(input)
    if (text === '' || text.includes('\0')) throw new SyntaxFault('not a LOGIN message')
    if (this.#login === null) {
      this.#login = text
      return challenge('Password:')
    }
    const { users, protocol, asker } = this.#context
    await this.#context.before(this.#login)
    return done(await users.verifyPassword(this.#login, text, protocol, asker), this.#login)
  }
}
