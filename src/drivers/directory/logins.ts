/** Answers who may come in: the `Users` port over the rows. */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Clock } from '#base/clock.ts'
import { StoreFault } from '#base/errors.ts'
import type { Log } from '#base/log.ts'
import { saslprep } from '#base/saslprep.ts'
import type { Asker, Login, LoginAnswer, Protocol, ScramHash, ScramVerifier, User, Users } from '#ports/users.ts'
import { matchesAppPassword, readAppPassword } from './app-password.ts'
import { type HashLine, TurnedAway } from './hash-line.ts'
import type { LastUse } from './last-use.ts'
import { foldLogin } from './login-name.ts'
import type { CredentialRow, Rows, UserRow } from './rows.ts'
import { decoyVerifier } from './scram-verifier.ts'
import { type Hashing, hasCost, hashSecret, type InTurn, verifyNothing, verifySecret } from './secret-hash.ts'
import { VerifiedSecrets } from './verified.ts'

/** Nobody's secret is longer; hashing what is would be work for an attacker's asking. */
const SECRET_OCTETS = 1024

const refuse = (reason: Exclude<LoginAnswer, { ok: true }>['reason']): LoginAnswer => ({ ok: false, reason })

export class Logins implements Users {
  readonly #db: DatabaseSync
  readonly #dataVersion: StatementSync
  readonly #ownChanges: StatementSync
  readonly #rows: Rows
  readonly #clock: Clock
  readonly #hashing: Hashing
  readonly #lastUse: LastUse
  readonly #log: Log
  readonly #line: HashLine
  readonly #verified: VerifiedSecrets

  constructor(
    db: DatabaseSync,
    rows: Rows,
    lastUse: LastUse,
    clock: Clock,
    hashing: Hashing,
    log: Log,
    line: HashLine,
  ) {
    this.#line = line
    this.#log = log
    this.#db = db
    this.#dataVersion = db.prepare('PRAGMA data_version')
    this.#ownChanges = db.prepare('SELECT total_changes() AS own')
    this.#rows = rows
    this.#lastUse = lastUse
    this.#clock = clock
    this.#hashing = hashing
    this.#verified = new VerifiedSecrets(clock)
  }

  verifyPassword(login: string, secret: string, protocol: Protocol, asker?: Asker): Promise<LoginAnswer> {
    const inTurn: InTurn = work => this.#line.inTurn(asker, work)
    return this.#answering(() => this.#verifyPassword(login, secret, protocol, inTurn))
  }

  /** Too many at once, or no database, is not the client's fault: saying "wrong password" would make it forget a right one. */
  async #answering(work: () => LoginAnswer | Promise<LoginAnswer>): Promise<LoginAnswer> {
    try {
      return await work()
    } catch (error) {
      const failed = error instanceof StoreFault || (error as NodeJS.ErrnoException).code === 'ERR_SQLITE_ERROR'
      if (!failed) throw error
      if (error instanceof TurnedAway) return refuse('unavailable')
      this.#log.error('store.fault', { error })
      return refuse('unavailable')
    }
  }

  async #verifyPassword(login: string, secret: string, protocol: Protocol, inTurn: InTurn): Promise<LoginAnswer> {
    if (Buffer.byteLength(secret) > SECRET_OCTETS) return refuse('bad-credentials')
    const user = this.#rows.user(foldLogin(login))
    const credentials = user === null ? [] : this.#rows.credentials(user)
    const matching = user === null ? null : matchingAppPassword(credentials, secret)
    if (user !== null && matching !== null) return this.#answer(user, matching, protocol)

    const password = credentials.find(({ kind }) => kind === 'password')
    const prepared = saslprep(secret) ?? secret
    if (user === null || password === undefined) {
      // By the same way as a known one, or many equal attempts at once would tell them apart.
      await this.#verified.verify(`?${foldLogin(login)}`, prepared, '', () =>
        verifyNothing(prepared, this.#hashing, inTurn),
      )
      return refuse('bad-credentials')
    }
    const right = await this.#verified.verify(`${user.id}`, prepared, password.proof, () =>
      verifySecret(prepared, password.proof, inTurn),
    )
    if (!right) return refuse('bad-credentials')
    // Hashing took a while: somebody may have disabled the user, or changed what was just proved.
    const now = this.#rows.user(foldLogin(login))
    const still = now === null ? undefined : this.#rows.credentials(now).find(({ id }) => id === password.id)
    if (now === null || still?.proof !== password.proof) return refuse('bad-credentials')
    if (!hasCost(still.proof, this.#hashing)) await this.#hashAnew(still, prepared, inTurn)
    return this.#answer(now, still, protocol)
  }

  /** The cost was changed in the configuration. An old hash takes another time than an unknown login does, which would tell them apart. */
  async #hashAnew({ id, proof }: CredentialRow, secret: string, inTurn: InTurn): Promise<void> {
    const anew = await hashSecret(secret, this.#hashing, inTurn)
    this.#db.prepare('UPDATE credentials SET proof = ? WHERE id = ? AND proof = ?').run(anew, id, proof)
  }

  async scramVerifier(
    login: string,
    hash: ScramHash,
    protocol: Protocol,
  ): Promise<{ verifier: ScramVerifier; user: Login | null }> {
    const folded = foldLogin(login)
    const user = this.#rows.user(folded)
    const password = user === null ? undefined : this.#rows.credentials(user).find(({ kind }) => kind === 'password')
    const verifier = password === undefined ? null : this.#rows.verifier(password.id, hash)
    if (user === null || password === undefined || verifier === null)
      return { verifier: decoyVerifier(this.#rows.decoyKey(), folded, hash), user: null }
    return { verifier, user: this.#obstacle(user, password, protocol) === null ? loginOf(user, password) : null }
  }

  used({ credential, login }: Login): void {
    const user = this.#rows.user(foldLogin(login))
    const row = user === null ? undefined : this.#rows.credentials(user).find(({ id }) => id === credential)
    if (row !== undefined) this.#lastUse.note(row.id, row.lastUsedAt)
  }

  /** The first counts what others committed, the second what this connection did. */
  version(): string {
    const { data_version: others } = this.#dataVersion.get()!
    const { own } = this.#ownChanges.get()!
    return `${others} ${own}`
  }

  byCertificate(fingerprint: string, authzid: string | null): Promise<LoginAnswer> {
    return this.#answering(() => this.#byCertificate(fingerprint, authzid))
  }

  #byCertificate(fingerprint: string, authzid: string | null): LoginAnswer {
    const folded = authzid === null ? null : foldLogin(authzid)
    const holders = this.#rows
      .withCertificate(fingerprint.toLowerCase())
      .filter(({ user }) => folded === null || foldLogin(user.login) === folded)
    // One certificate for several users says who is meant only with a name.
    const [only] = holders
    return only === undefined || holders.length > 1
      ? refuse('bad-credentials')
      : this.#answer(only.user, only.credential, null)
  }

  async find(login: string): Promise<User | null> {
    const user = this.#rows.user(foldLogin(login))
    return user === null ? null : publicUser(user)
  }

  /** For whom has proved to hold the credential: only to him it is said why he may not come in. */
  #answer(user: UserRow, credential: CredentialRow, protocol: Protocol | null): LoginAnswer {
    const obstacle = this.#obstacle(user, credential, protocol)
    if (obstacle !== null) return obstacle
    this.#lastUse.note(credential.id, credential.lastUsedAt)
    return { ok: true, user: loginOf(user, credential) }
  }

  #obstacle(user: UserRow, credential: CredentialRow, protocol: Protocol | null): LoginAnswer | null {
    if (user.disabled) return refuse('disabled')
    if (credential.expiresAt !== null && credential.expiresAt <= this.#clock.now()) return refuse('expired')
    if (protocol !== null && credential.protocols !== null && !credential.protocols.includes(protocol))
      return refuse('not-allowed')
    return null
  }
}

function matchingAppPassword(credentials: readonly CredentialRow[], secret: string): CredentialRow | null {
  const letters = readAppPassword(secret)
  if (letters === null) return null
  return credentials.find(({ kind, proof }) => kind === 'app-password' && matchesAppPassword(letters, proof)) ?? null
}

const loginOf = ({ login, account }: UserRow, { id }: CredentialRow): Login => ({ login, account, credential: id })

export const publicUser = ({ login, account, disabled, createdAt }: UserRow): User => ({
  login,
  account,
  disabled,
  createdAt,
})
