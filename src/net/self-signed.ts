/**
 * The certificate a new installation starts with: for localhost, 127.0.0.1 and ::1, in DIR/tls/cert.pem and key.pem.
 *
 *   ensureSelfSigned(dir, clock?) → Promise<{ cert, key }>   paths; made at the first call, kept afterwards, made anew when it has expired
 */
import { generateKeyPairSync, randomBytes, sign, X509Certificate } from 'node:crypto'
import { mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Clock, systemClock } from '#base/clock.ts'
import * as der from './der.ts'

const COMMON_NAME = 'Rookery self-signed'
const DAY_MS = 86_400_000
/** Apple's clients accept at most 825 days. */
const VALID_DAYS = 825
/** A lock this old belongs to a process that died; making a certificate takes milliseconds. */
const STALE_LOCK_MS = 10_000

export type CertificateFiles = { readonly cert: string; readonly key: string }

/** Two processes that start together agree: one makes the pair, the other waits for it. A certificate put there by a person is never touched. */
export async function ensureSelfSigned(dir: string, clock: Clock = systemClock): Promise<CertificateFiles> {
  const folder = join(dir, 'tls')
  const files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') }
  await mkdir(folder, { recursive: true, mode: 0o700 })
  // Also to see a pair there one must hold the lock: without it a key whose certificate is just being written would look like half a pair.
  const lock = join(folder, '.lock')
  await takeLock(lock)
  try {
    if (!(await usable(files, clock))) await make(files, clock)
  } finally {
    await rm(lock, { force: true })
  }
  return files
}

async function usable(files: CertificateFiles, clock: Clock): Promise<boolean> {
  const pem = await readFile(files.cert).catch(absent)
  const key = await stat(files.key).catch(absent)
  if (pem === null && key === null) return false
  // One of the two alone is for loadTls to name: overwriting it could destroy somebody's key.
  if (pem === null || key === null) return true
  const certificate = read(pem)
  return certificate === null || !isOurs(certificate) || certificate.validToDate.getTime() > clock.now()
}

function absent(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null
  throw error
}

function read(pem: Buffer): X509Certificate | null {
  try {
    return new X509Certificate(pem)
  } catch {
    return null
  }
}

const isOurs = ({ subject, issuer }: X509Certificate): boolean => subject === `CN=${COMMON_NAME}` && issuer === subject

async function takeLock(path: string): Promise<void> {
  for (;;) {
    try {
      await (await open(path, 'wx', 0o600)).close()
      return
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    const held = await stat(path).catch(absent)
    if (held !== null && Date.now() - held.mtimeMs > STALE_LOCK_MS) await rm(path, { force: true })
    else await sleep(20)
  }
}

async function make(files: CertificateFiles, clock: Clock): Promise<void> {
  const { certificate, key } = selfSigned(clock.now())
  // The key first: who sees the certificate finds its key.
  await replace(files.key, key, 0o600)
  await replace(files.cert, certificate, 0o644)
}

async function replace(path: string, text: string, mode: number): Promise<void> {
  const temporary = `${path}.new`
  await rm(temporary, { force: true })
  await writeFile(temporary, text, { mode, flag: 'wx', flush: true })
  await rename(temporary, path)
}

/** An EC P-256 key and its certificate, both PEM. RFC 5280 §4.1 */
function selfSigned(now: number): { certificate: string; key: string } {
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const ecdsaWithSha256 = der.sequence(der.objectId('1.2.840.10045.4.3.2'))
  const name = der.sequence(der.set(der.sequence(der.objectId('2.5.4.3'), der.utf8String(COMMON_NAME))))
  const toBeSigned = der.sequence(
    der.context(0, true, der.integer(Buffer.from([2]))), // version 3
    der.integer(serialNumber()),
    ecdsaWithSha256,
    name,
    // A day back, for clients whose clock is behind.
    der.sequence(der.time(now - DAY_MS), der.time(now + (VALID_DAYS - 2) * DAY_MS)),
    name,
    keys.publicKey.export({ type: 'spki', format: 'der' }),
    der.context(3, true, der.sequence(...extensions())),
  )
  const signature = sign('sha256', toBeSigned, keys.privateKey)
  return {
    certificate: pem(der.sequence(toBeSigned, ecdsaWithSha256, der.bitString(signature))),
    key: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  }
}

/** RFC 5280 §4.2.1: an end entity that serves localhost. */
function extensions(): Buffer[] {
  const extension = (id: string, critical: boolean, content: Buffer) =>
    der.sequence(der.objectId(id), ...(critical ? [der.boolean(true)] : []), der.octetString(content))
  const localhost = der.sequence(
    der.context(2, false, Buffer.from('localhost')),
    der.context(7, false, Buffer.from([127, 0, 0, 1])),
    der.context(7, false, Buffer.from([...Array<number>(15).fill(0), 1])),
  )
  return [
    extension('2.5.29.19', true, der.sequence()), // basicConstraints: not an authority
    extension('2.5.29.15', true, der.bitString(Buffer.from([0x80]), 7)), // keyUsage: digitalSignature
    extension('2.5.29.37', false, der.sequence(der.objectId('1.3.6.1.5.5.7.3.1'))), // extKeyUsage: serverAuth
    extension('2.5.29.17', false, localhost), // subjectAltName
  ]
}

/** Positive and without a leading zero octet. RFC 5280 §4.1.2.2 */
function serialNumber(): Buffer {
  const bytes = randomBytes(16)
  bytes[0] = (bytes[0]! & 0x3f) | 0x40
  return bytes
}

const pem = (bytes: Buffer): string =>
  `-----BEGIN CERTIFICATE-----\n${bytes.toString('base64').replace(/.{64}(?=.)/g, '$&\n')}\n-----END CERTIFICATE-----\n`
