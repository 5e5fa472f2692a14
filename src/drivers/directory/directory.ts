/**
 * Users and their credentials in DIR/directory.sqlite, for any number of threads and processes at once.
 *
 *   openDirectory(dir, { createAccount, clock, log, hashing? }) → Promise<Directory>   which is UserAdmin and close()
 *
 * What another process changes (a new password, a disabled user) holds at the next login: each one reads the rows.
 */
import { randomBytes } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import { type Clock, systemClock } from '#base/clock.ts'
import { Refusal } from '#base/errors.ts'
import type { AccountId } from '#base/ids.ts'
import { type Log, silentLog } from '#base/log.ts'
import { saslprep } from '#base/saslprep.ts'
import type { Credential, Protocol, ScramHash, ScramVerifier, User, UserAdmin } from '#ports/users.ts'
import { hashAppPassword, makeAppPassword, readAppPassword } from './app-password.ts'
import { inTransaction, isDouble, openDatabase } from './database.ts'
import { HashLine } from './hash-line.ts'
import { LastUse } from './last-use.ts'
import { checkLogin, foldLogin } from './login-name.ts'
import { Logins, publicUser } from './logins.ts'
import { type CredentialRow, Rows, type UserRow } from './rows.ts'
import { makeVerifier, scramHashes } from './scram-verifier.ts'
import { defaultHashing, type Hashing, hashSecret } from './secret-hash.ts'

export type { Hashing }

export type DirectoryOptions = {
  /** Makes the account of a new user. One that no user was made for afterwards (a crash between) is nobody's and holds nothing. */
  readonly createAccount: () => Promise<AccountId>
  /** Removes the account of a removed user, mail and all. */
  readonly deleteAccount?: (account: AccountId) => Promise<void>
  readonly clock?: Clock
  readonly log?: Log
  readonly hashing?: Hashing
  /** Slow hashes that this thread makes at a time. */
  readonly hashesAtOnce?: number
}

const CREDENTIALS_PER_USER = 100
const NAME_CHARACTERS = 200

export async function openDirectory(dir: string, options: DirectoryOptions): Promise<Directory> {
  return new Directory(await openDatabase(dir), options)
}

export class Directory extends Logins implements UserAdmin {
  readonly #db: DatabaseSync
  readonly #rows: Rows
  readonly #lastUse: LastUse
  readonly #clock: Clock
  readonly #hashing: Hashing
  readonly #line: HashLine
  readonly #createAccount: () => Promise<AccountId>
  readonly #deleteAccount: (account: AccountId) => Promise<void>

  constructor(db: DatabaseSync, options: DirectoryOptions) {
    const { clock = systemClock, log = silentLog, hashing = defaultHashing, hashesAtOnce = 2 } = options
    const line = new HashLine(hashesAtOnce)
    const rows = new Rows(db)
    const lastUse = new LastUse(db, clock, log)
    super(db, rows, lastUse, clock, hashing, log, line)
    this.#db = db
    this.#rows = rows
    this.#lastUse = lastUse
    this.#clock = clock
    this.#hashing = hashing
    this.#line = line
    this.#createAccount = options.createAccount
    this.#deleteAccount = options.deleteAccount ?? (async () => {})
  }

  async close(): Promise<void> {
    if (!this.#db.isOpen) return
    this.#lastUse.close()
    this.#db.close()
  }

  async list(): Promise<readonly User[]> {
    return this.#rows.users().map(publicUser)
  }

  async add(login: string, secret: string): Promise<User> {
    const name = checkLogin(login)
    if (this.#rows.user(foldLogin(name)) !== null) throw taken()
    const password = await this.#makePassword(secret)
    // The account first: a crash after it leaves an account that nobody knows, never a user without one.
    const account = await this.#createAccount()
    try {
      inTransaction(this.#db, () => {
        const { lastInsertRowid } = this.#db
          .prepare('INSERT INTO users (login, folded, account, created_at) VALUES (?, ?, ?, ?)')
          .run(name, foldLogin(name), account, this.#clock.now())
        this.#insertPassword(Number(lastInsertRowid), password)
      })
    } catch (error) {
      throw isDouble(error) ? taken() : error
    }
    return publicUser(this.#existing(name))
  }

  async setPassword(login: string, secret: string): Promise<void> {
    this.#existing(login)
    const password = await this.#makePassword(secret)
    inTransaction(this.#db, () => {
      const { id } = this.#existing(login)
      this.#db.prepare("DELETE FROM credentials WHERE user = ? AND kind = 'password'").run(id)
      this.#insertPassword(id, password)
    })
  }

  async setDisabled(login: string, disabled: boolean): Promise<void> {
    this.#db.prepare('UPDATE users SET disabled = ? WHERE id = ?').run(disabled ? 1 : 0, this.#existing(login).id)
  }

  async remove(login: string): Promise<User> {
    const user = this.#existing(login)
    const removed = publicUser(user)
    // The user first: from here on nobody can log in, and mail that is left behind by a crash is nobody's.
    this.#db.prepare('DELETE FROM users WHERE id = ?').run(user.id)
    await this.#deleteAccount(removed.account)
    return removed
  }

  async credentials(login: string): Promise<readonly Credential[]> {
    return this.#rows.credentials(this.#existing(login)).map(publicCredential)
  }

  async addAppPassword(
    login: string,
    options: { name: string; protocols?: readonly Protocol[]; expiresAt?: number },
  ): Promise<{ credential: Credential; secret: string }> {
    const secret = makeAppPassword()
    const credential = this.#insertCredential(this.#existing(login), {
      kind: 'app-password',
      name: options.name,
      protocols: options.protocols ?? null,
      expiresAt: options.expiresAt ?? null,
      proof: hashAppPassword(readAppPassword(secret)!),
    })
    return { credential, secret }
  }

  async addCertificate(login: string, options: { name: string; fingerprint: string }): Promise<Credential> {
    const user = this.#existing(login)
    // Tools print it with colons and in capitals.
    const fingerprint = options.fingerprint.replaceAll(':', '').toLowerCase()
    if (!/^[0-9a-f]{64}$/.test(fingerprint))
      throw new Refusal('not-possible', 'A certificate is named by its SHA-256 fingerprint, 64 hexadecimal digits')
    return this.#insertCredential(user, {
      kind: 'certificate',
      name: options.name,
      protocols: null,
      expiresAt: null,
      proof: fingerprint,
    })
  }

  async removeCredential(login: string, id: string): Promise<void> {
    const user = this.#existing(login)
    const { changes } = this.#db.prepare('DELETE FROM credentials WHERE id = ? AND user = ?').run(id, user.id)
    if (changes === 0) throw new Refusal('mailbox-missing', 'There is no such credential')
  }

  #existing(login: string): UserRow {
    const user = this.#rows.user(foldLogin(login))
    if (user === null) throw new Refusal('mailbox-missing', 'There is no such user')
    return user
  }

  async #makePassword(secret: string): Promise<Password> {
    const prepared = saslprep(secret)
    if (prepared === null)
      throw new Refusal('not-possible', 'The password has characters that cannot be typed everywhere')
    if (prepared === '' || Buffer.byteLength(prepared) > 1024)
      throw new Refusal('not-possible', 'A password has 1 to 1024 octets')
    const verifiers = await Promise.all(
      scramHashes.map(async hash => [hash, await makeVerifier(prepared, hash)] as const),
    )
    return { proof: await hashSecret(prepared, this.#hashing, work => this.#line.inTurn(undefined, work)), verifiers }
  }

  #insertPassword(user: number, { proof, verifiers }: Password): void {
    const id = newId()
    this.#db
      .prepare(
        "INSERT INTO credentials (id, user, kind, name, created_at, proof) VALUES (?, ?, 'password', 'password', ?, ?)",
      )
      .run(id, user, this.#clock.now(), proof)
    const insert = this.#db.prepare('INSERT INTO scram_verifiers VALUES (?, ?, ?, ?, ?, ?)')
    for (const [hash, { salt, iterations, storedKey, serverKey }] of verifiers)
      insert.run(id, hash, salt, iterations, storedKey, serverKey)
  }

  #insertCredential(
    user: UserRow,
    {
      kind,
      name,
      protocols,
      expiresAt,
      proof,
    }: Pick<CredentialRow, 'kind' | 'name' | 'protocols' | 'expiresAt' | 'proof'>,
  ): Credential {
    if (name === '' || name.length > NAME_CHARACTERS || /\p{Cc}/u.test(name))
      throw new Refusal('not-possible', `A credential has a name of 1 to ${NAME_CHARACTERS} printable characters`)
    const id = newId()
    const createdAt = this.#clock.now()
    inTransaction(this.#db, () => {
      if (this.#rows.credentials(user).length >= CREDENTIALS_PER_USER)
        throw new Refusal('limit', `A user has at most ${CREDENTIALS_PER_USER} credentials; remove one first`)
      this.#db
        .prepare(
          'INSERT INTO credentials (id, user, kind, name, protocols, created_at, expires_at, proof) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
        )
        .run(id, user.id, kind, name, protocols?.join(' ') ?? null, createdAt, expiresAt, proof)
    })
    return { id, name, kind, protocols, createdAt, expiresAt, lastUsedAt: null }
  }
}

type Password = { readonly proof: string; readonly verifiers: readonly (readonly [ScramHash, ScramVerifier])[] }

const taken = () => new Refusal('mailbox-exists', 'That login is taken')
const newId = () => randomBytes(9).toString('base64url')

const publicCredential = ({ proof: _, ...credential }: CredentialRow): Credential => credential
