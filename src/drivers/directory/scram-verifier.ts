/** What SCRAM needs of a password, made when it is set: later nobody has it. RFC 5802 §3 */
import { createHash, createHmac, pbkdf2, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import type { ScramHash, ScramVerifier } from '#ports/users.ts'

/** More than the 4096 of RFC 7677 §4; every client pays for them at each login, phones too. */
export const ITERATIONS = 10_000
const SALT_OCTETS = 16

export const scramHashes: readonly ScramHash[] = ['SHA-256', 'SHA-1']

const nodeName = (hash: ScramHash): 'sha1' | 'sha256' => (hash === 'SHA-1' ? 'sha1' : 'sha256')
const keyOctets = (hash: ScramHash): number => (hash === 'SHA-1' ? 20 : 32)
const derive = promisify(pbkdf2)

/** `secret` went through saslprep. */
export async function makeVerifier(secret: string, hash: ScramHash): Promise<ScramVerifier> {
  const salt = randomBytes(SALT_OCTETS)
  const name = nodeName(hash)
  const salted = await derive(secret, salt, ITERATIONS, keyOctets(hash), name)
  const clientKey = createHmac(name, salted).update('Client Key').digest()
  return {
    salt,
    iterations: ITERATIONS,
    storedKey: createHash(name).update(clientKey).digest(),
    serverKey: createHmac(name, salted).update('Server Key').digest(),
  }
}

/** For a login without one: the same at every asking, as if it were stored, and matched by no proof. `key` is the directory's own secret. */
export function decoyVerifier(key: Uint8Array, folded: string, hash: ScramHash): ScramVerifier {
  const derived = (what: string) => createHmac('sha256', key).update(`${what}\0${hash}\0${folded}`).digest()
  return {
    salt: derived('salt').subarray(0, SALT_OCTETS),
    iterations: ITERATIONS,
    // Random, and new each time: no client key has this for its hash.
    storedKey: randomBytes(keyOctets(hash)),
    serverKey: randomBytes(keyOctets(hash)),
  }
}
