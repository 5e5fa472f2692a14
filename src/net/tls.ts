/**
 * From certificate files to what connections need. A reload is a new call: connections made from then on get the new context, others keep theirs.
 *
 *   loadTls({ cert, key, clientCa?, ticketKeys? }, clock?) → Promise<TlsMaterial>   @throws TlsFault, which says what to do
 *   newTicketKeys() → Buffer                 made once by the main thread and handed to all, so that resumption works on every thread
 *   secureInfo(socket, askedForCertificate) → Secure   what a finished handshake proved
 */
import { createHash, createPrivateKey, type KeyObject, randomBytes, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createSecureContext, type SecureContext, type TLSSocket } from 'node:tls'
import { type Clock, systemClock } from '#base/clock.ts'

/** A certificate that cannot be used. The message names the file and the way out; it is for the operator. */
export class TlsFault extends Error {
  override readonly name = 'TlsFault'
}

export type TlsFiles = {
  /** PEM, the server's certificate first, then its intermediates. */
  readonly cert: string
  readonly key: string
  /** PEM: clients whose certificates one of these signed may log in by EXTERNAL. */
  readonly clientCa?: string | undefined
  /** 48 octets, the same on all threads. Without it a session is resumed only by the thread that made it. */
  readonly ticketKeys?: Uint8Array | undefined
}

export type TlsMaterial = {
  readonly context: SecureContext
  /** Clients are asked for a certificate. */
  readonly asksCertificate: boolean
  /** For the operator: works, but clients will complain. Empty when all is well. */
  readonly warnings: readonly string[]
  readonly expiresAt: number
}

export type BindingType = 'tls-exporter' | 'tls-server-end-point'

export type Secure = {
  readonly protocol: string
  readonly cipher: string
  /** SHA-256 of a client certificate that a configured authority signed, lower-case hex. */
  readonly clientFingerprint: string | null
  /** What ties a SCRAM exchange to this TLS connection; null where the type is not defined for it. */
  channelBinding(type: BindingType): Uint8Array | null
}

export const newTicketKeys = (): Buffer => randomBytes(48)

export async function loadTls(files: TlsFiles, clock: Clock = systemClock): Promise<TlsMaterial> {
  const cert = await contents(files.cert, 'TLS certificate')
  const key = await contents(files.key, 'TLS key')
  const ca = files.clientCa === undefined ? undefined : await contents(files.clientCa, 'client CA')
  const certificate = parseCertificate(cert, files.cert, 'TLS certificate')
  if (ca !== undefined) parseCertificate(ca, files.clientCa!, 'client CA')
  if (!certificate.checkPrivateKey(parseKey(key, files.key)))
    throw new TlsFault(
      `The key ${files.key} does not belong to the certificate ${files.cert}. Install the two files of one issuance together; the server's own certificate must come first in the file.`,
    )
  return {
    context: makeContext(cert, key, ca, files),
    asksCertificate: ca !== undefined,
    warnings: validity(certificate, files.cert, clock.now()),
    expiresAt: certificate.validToDate.getTime(),
  }
}

async function contents(path: string, what: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    const advice =
      code === 'ENOENT'
        ? 'There is no such file: correct the path in the configuration.'
        : code === 'EACCES' || code === 'EPERM'
          ? 'This user may not read it: change its owner or group, or run the server as a user who may.'
          : code === 'EISDIR'
            ? 'It is a directory: name the file inside it.'
            : `Reading failed (${code ?? 'unknown error'}): check the disk.`
    throw new TlsFault(`Cannot read the ${what} ${path}. ${advice}`, { cause })
  }
}

function parseCertificate(pem: Buffer, path: string, what: string): X509Certificate {
  try {
    return new X509Certificate(pem)
  } catch (cause) {
    throw new TlsFault(
      `The ${what} ${path} is not a PEM certificate. It must contain "-----BEGIN CERTIFICATE-----"; convert DER files with openssl x509 -inform der.`,
      { cause },
    )
  }
}

function parseKey(pem: Buffer, path: string): KeyObject {
  try {
    return createPrivateKey(pem)
  } catch (cause) {
    const locked = (cause as NodeJS.ErrnoException).code === 'ERR_MISSING_PASSPHRASE' || pem.includes('ENCRYPTED')
    const advice = locked
      ? 'It is protected by a passphrase: write it without one, readable by the server only (openssl pkey -in OLD -out NEW).'
      : 'It must be a PEM private key ("-----BEGIN PRIVATE KEY-----").'
    throw new TlsFault(`Cannot use the TLS key ${path}. ${advice}`, { cause })
  }
}

function makeContext(cert: Buffer, key: Buffer, ca: Buffer | undefined, files: TlsFiles): SecureContext {
  try {
    return createSecureContext({
      cert,
      key,
      minVersion: 'TLSv1.2',
      honorCipherOrder: true,
      // With client certificates OpenSSL refuses to resume a session that has no context id.
      sessionIdContext: 'rookery',
      ...(ca === undefined ? {} : { ca }),
      ...(files.ticketKeys === undefined ? {} : { ticketKeys: Buffer.from(files.ticketKeys) }),
    })
  } catch (cause) {
    throw new TlsFault(
      `The certificate ${files.cert} cannot be used: ${(cause as Error).message}. Ask its issuer for an RSA key of at least 2048 bits or an EC P-256 key.`,
      { cause },
    )
  }
}

/** Clients judge a certificate's dates, so a server that refused to start would only make it worse: named, not fatal. */
function validity(certificate: X509Certificate, path: string, now: number): string[] {
  const { validFromDate, validToDate } = certificate
  if (validToDate.getTime() <= now)
    return [
      `The TLS certificate ${path} expired on ${day(validToDate)}: clients will refuse it. Renew it, then reload the server.`,
    ]
  if (validFromDate.getTime() > now)
    return [
      `The TLS certificate ${path} is not valid before ${day(validFromDate)}: clients will refuse it. Check this machine's clock, or install the certificate that is valid now.`,
    ]
  return []
}

const day = (date: Date): string => date.toISOString().slice(0, 10)

export function secureInfo(socket: TLSSocket, askedForCertificate: boolean): Secure {
  return new SecureSocket(socket, askedForCertificate ? verifiedFingerprint(socket) : null)
}

class SecureSocket implements Secure {
  readonly clientFingerprint: string | null
  readonly #socket: TLSSocket

  constructor(socket: TLSSocket, clientFingerprint: string | null) {
    this.#socket = socket
    this.clientFingerprint = clientFingerprint
  }

  get protocol(): string {
    return this.#socket.getProtocol() ?? 'TLS'
  }

  get cipher(): string {
    return this.#socket.getCipher()?.name ?? ''
  }

  channelBinding(type: BindingType): Uint8Array | null {
    return type === 'tls-exporter' ? exporter(this.#socket) : endPoint(this.#socket)
  }
}

/**
 * RFC 9266 §4.2: with TLS 1.2 only under the extended master secret, and Node does not tell whether it was negotiated; so TLS 1.3 alone.
 * The context is absent, which in TLS 1.3 exports the same as an empty one.
 */
function exporter(socket: TLSSocket): Uint8Array | null {
  if (socket.getProtocol() !== 'TLSv1.3') return null
  return socket.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0))
}

/** RFC 5929 §4.1: the certificate under the hash of its signature, SHA-256 in place of MD5 and SHA-1; not defined for signatures without one. */
function endPoint(socket: TLSSocket): Uint8Array | null {
  const certificate = socket.getX509Certificate()
  const name = certificate?.signatureAlgorithm?.toLowerCase()
  if (certificate === undefined || name === undefined) return null
  const hash = /sha-?(384|512|224|256|1)(?!\d)|md5/.exec(name)
  if (hash === null) return null
  const bits = hash[1] === undefined || hash[1] === '1' ? '256' : hash[1]
  return createHash(`sha${bits}`).update(certificate.raw).digest()
}

/**
 * Node verifies but leaves the verdict of a server-side socket without a tls.Server on its handle. No verdict, or no certificate (a resumed
 * session then counts as fine), is no proof.
 */
function verifiedFingerprint(socket: TLSSocket): string | null {
  const { _handle: handle } = socket as unknown as { _handle?: { verifyError?: () => Error | null } }
  const certificate = socket.getPeerX509Certificate()
  if (certificate === undefined || typeof handle?.verifyError !== 'function') return null
  if (handle.verifyError() != null) return null
  return createHash('sha256').update(certificate.raw).digest('hex')
}
