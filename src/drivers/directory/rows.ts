/** What the tables hold, as values; and the statements that read them. */
import type { DatabaseSync } from 'node:sqlite'
import { accountId } from '#base/ids.ts'
import type { Credential, Protocol, ScramHash, ScramVerifier, User } from '#ports/users.ts'

export type UserRow = User & { readonly id: number }
export type CredentialRow = Credential & { readonly proof: string }

type Row = Record<string, unknown>

const userOf = (row: Row): UserRow => ({
  id: row.id as number,
  login: row.login as string,
  account: accountId(row.account as number),
  disabled: row.disabled === 1,
  createdAt: row.created_at as number,
})

const credentialOf = (row: Row): CredentialRow => ({
  id: row.id as string,
  name: row.name as string,
  kind: row.kind as Credential['kind'],
  protocols: row.protocols === null ? null : ((row.protocols as string).split(' ') as Protocol[]),
  createdAt: row.created_at as number,
  expiresAt: row.expires_at as number | null,
  lastUsedAt: row.last_used_at as number | null,
  proof: row.proof as string,
})

export class Rows {
  readonly #users
  readonly #userByName
  readonly #userById
  readonly #credentials
  readonly #certificates
  readonly #verifier
  readonly #decoy

  constructor(db: DatabaseSync) {
    this.#users = db.prepare('SELECT * FROM users ORDER BY folded')
    this.#userByName = db.prepare('SELECT * FROM users WHERE folded = ?')
    this.#userById = db.prepare('SELECT * FROM users WHERE id = ?')
    this.#credentials = db.prepare('SELECT * FROM credentials WHERE user = ? ORDER BY created_at, id')
    this.#certificates = db.prepare("SELECT * FROM credentials WHERE kind = 'certificate' AND proof = ?")
    this.#verifier = db.prepare('SELECT * FROM scram_verifiers WHERE credential = ? AND hash = ?')
    this.#decoy = db.prepare("SELECT value FROM secrets WHERE name = 'decoy'")
  }

  users(): UserRow[] {
    return this.#users.all().map(userOf)
  }

  user(folded: string): UserRow | null {
    const row = this.#userByName.get(folded)
    return row === undefined ? null : userOf(row)
  }

  credentials(user: UserRow): CredentialRow[] {
    return this.#credentials.all(user.id).map(credentialOf)
  }

  /** All that have this certificate: one may be for several users. */
  withCertificate(fingerprint: string): { user: UserRow; credential: CredentialRow }[] {
    return this.#certificates.all(fingerprint).flatMap(row => {
      const user = this.#userById.get(row.user as number)
      return user === undefined ? [] : [{ user: userOf(user), credential: credentialOf(row) }]
    })
  }

  verifier(credential: string, hash: ScramHash): ScramVerifier | null {
    const row = this.#verifier.get(credential, hash)
    if (row === undefined) return null
    return {
      salt: row.salt as Uint8Array,
      iterations: row.iterations as number,
      storedKey: row.stored_key as Uint8Array,
      serverKey: row.server_key as Uint8Array,
    }
  }

  /** This directory's own secret, for verifiers of logins that are not there. */
  decoyKey(): Uint8Array {
    return this.#decoy.get()!.value as Uint8Array
  }
}
