/**
 * Passwords as argon2id hashes in PHC form: `$argon2id$v=19$m=19456,t=2,p=1$salt$hash`.
 */
import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

export type Hashing = {
  readonly memoryKib: number
  readonly passes: number
  readonly parallelism: number
}

/** OWASP's smallest recommendation: about 20 ms. */
export const defaultHashing: Hashing = { memoryKib: 19_456, passes: 2, parallelism: 1 }

const SALT_OCTETS = 16
const HASH_OCTETS = 32

const derive = promisify(argon2)

/** Lets the hash be made when its turn comes. */
export type InTurn = <Result>(work: () => Promise<Result>) => Promise<Result>

const hash = (secret: string, salt: Uint8Array, cost: Hashing, octets: number, inTurn: InTurn): Promise<Buffer> =>
  inTurn(() =>
    derive('argon2id', {
      message: Buffer.from(secret, 'utf8'),
      nonce: salt,
      memory: cost.memoryKib,
      passes: cost.passes,
      parallelism: cost.parallelism,
      tagLength: octets,
    }),
  )

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64').replace(/=+$/, '')

export async function hashSecret(secret: string, cost: Hashing, inTurn: InTurn): Promise<string> {
  const salt = randomBytes(SALT_OCTETS)
  const key = await hash(secret, salt, cost, HASH_OCTETS, inTurn)
  return `$argon2id$v=19${parameters(cost)}$${base64(salt)}$${base64(key)}`
}

const parameters = (cost: Hashing): string => `$m=${cost.memoryKib},t=${cost.passes},p=${cost.parallelism}`

const PHC = /^\$argon2id\$v=19\$m=(\d{1,8}),t=(\d{1,4}),p=(\d{1,3})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{16,86})$/

/** False for hashes of another kind, which nothing matches. */
export async function verifySecret(secret: string, phc: string, inTurn: InTurn): Promise<boolean> {
  const match = PHC.exec(phc)
  if (match === null) return false
  const [, memoryKib, passes, parallelism, salt = '', key = ''] = match
  const cost = { memoryKib: Number(memoryKib), passes: Number(passes), parallelism: Number(parallelism) }
  const wanted = Buffer.from(key, 'base64')
  return timingSafeEqual(await hash(secret, Buffer.from(salt, 'base64'), cost, wanted.length, inTurn), wanted)
}

export const hasCost = (phc: string, cost: Hashing): boolean => phc.startsWith(`$argon2id$v=19${parameters(cost)}$`)

/** Takes as long as a wrong password does, for logins that have none. */
export async function verifyNothing(secret: string, cost: Hashing, inTurn: InTurn): Promise<false> {
  await hash(secret, Buffer.alloc(SALT_OCTETS), cost, HASH_OCTETS, inTurn)
  return false
}
