/** The client's two messages of SCRAM, taken apart. RFC 5802 §7 */
import { SyntaxFault } from '#base/errors.ts'

export type ClientFirst = {
  /** n: the client cannot bind; y: it can, and believes that the server cannot; else the name of the binding it used. */
  readonly binding: 'n' | 'y' | { readonly type: string }
  readonly authzid: string
  /** With the comma that ends it: repeated in the last message. */
  readonly gs2Header: string
  readonly bare: string
  readonly login: string
  readonly nonce: string
}

export type ClientFinal = {
  /** base64 of the GS2 header and the binding's octets. */
  readonly binding: string
  readonly nonce: string
  readonly withoutProof: string
  readonly proof: Buffer
}

/** @throws {SyntaxFault} */
export function readClientFirst(message: string): ClientFirst {
  const match = /^(n|y|p=([A-Za-z0-9.-]+)),(?:a=([^,]+))?,(.*)$/su.exec(message)
  if (match === null) throw new SyntaxFault('not a SCRAM message')
  const [, flag, type, authzid = '', bare = ''] = match
  const [name = '', nonce = ''] = bare.split(',')
  // A mandatory extension (m=) is one we do not know. RFC 5802 §5.1
  if (!name.startsWith('n=') || !/^r=[!-+\--~]+$/.test(nonce)) throw new SyntaxFault('not a SCRAM message')
  return {
    binding: type === undefined ? (flag as 'n' | 'y') : { type },
    authzid: nameOf(authzid),
    gs2Header: message.slice(0, message.length - bare.length),
    bare,
    login: nameOf(name.slice(2)),
    nonce: nonce.slice(2),
  }
}

/** `=2C` and `=3D` are the two characters a name cannot have here; any other '=' is a fault. */
function nameOf(saslname: string): string {
  if (/=(?!2C|3D)/.test(saslname) || saslname.includes('\0')) throw new SyntaxFault('not a SCRAM name')
  return saslname.replaceAll('=2C', ',').replaceAll('=3D', '=')
}

/** @throws {SyntaxFault} */
export function readClientFinal(message: string): ClientFinal {
  const match = /^(c=([A-Za-z0-9+/]+={0,2}),r=([!-+\--~]+)(?:,[A-Za-z]=[^,]*)*),p=([A-Za-z0-9+/]+={0,2})$/su.exec(
    message,
  )
  if (match === null) throw new SyntaxFault('not a SCRAM message')
  const [, withoutProof = '', binding = '', nonce = '', proof = ''] = match
  return { binding, nonce, withoutProof, proof: Buffer.from(proof, 'base64') }
}
