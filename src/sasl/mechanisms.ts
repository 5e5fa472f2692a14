/**
 * The SASL mechanisms this server speaks, each a small state machine that knows no protocol.
 *
 *   mechanisms(context) → names offered on this connection now, the strongest first
 *   startSasl(name, context) → SaslExchange, or null when that one is not offered now
 *   exchange.step(input | null) → a challenge to send, or done with the LoginAnswer       see exchange.ts
 */
import type { SaslContext, SaslExchange } from './exchange.ts'
import { ExternalExchange } from './external.ts'
import { LoginExchange } from './login.ts'
import { PlainExchange } from './plain.ts'
import { bindingTypes, ScramExchange } from './scram.ts'

export type { SaslContext, SaslExchange, SaslStep } from './exchange.ts'

/** PLAIN and LOGIN only where nobody can listen; -PLUS and EXTERNAL only where TLS has what they need. */
export function mechanisms({ plaintext, secure }: Pick<SaslContext, 'plaintext' | 'secure'>): string[] {
  return [
    ...(secure?.clientFingerprint ? ['EXTERNAL'] : []),
    ...(binds(secure) ? ['SCRAM-SHA-256-PLUS', 'SCRAM-SHA-1-PLUS'] : []),
    'SCRAM-SHA-256',
    'SCRAM-SHA-1',
    ...(plaintext ? ['PLAIN', 'LOGIN'] : []),
  ]
}

const binds = (secure: SaslContext['secure']): boolean =>
  secure !== null && bindingTypes.some(type => secure.channelBinding(type) !== null)

export function startSasl(name: string, context: SaslContext): SaslExchange | null {
  const upper = name.toUpperCase()
  if (!mechanisms(context).includes(upper)) return null
  if (upper === 'PLAIN') return new PlainExchange(context)
  if (upper === 'LOGIN') return new LoginExchange(context)
  if (upper === 'EXTERNAL') return new ExternalExchange(context, context.secure!.clientFingerprint!)
  return new ScramExchange(context, {
    hash: upper.startsWith('SCRAM-SHA-256') ? 'SHA-256' : 'SHA-1',
    plus: upper.endsWith('-PLUS'),
    plusOffered: binds(context.secure),
  })
}
