import type { AccountId } from '#base/ids.ts'

export type Protocol = 'imap' | 'pop3' | 'lmtp' | 'http'

/** A person or service that may use an account. */
export type User = {
  readonly login: string
  readonly account: AccountId
  readonly disabled: boolean
  readonly createdAt: number
}

export type Login = { readonly login: string; readonly account: AccountId; readonly credential: string }

/** `unknown login` and `wrong secret` are one answer and cost the same time. */
export type LoginAnswer =
  | { readonly ok: true; readonly user: Login }
  | { readonly ok: false; readonly reason: 'bad-credentials' | 'disabled' | 'expired' | 'not-allowed' | 'unavailable' }

/** RFC 5802 §3: everything the server needs, nothing it could log in with elsewhere. */
export type ScramVerifier = {
  readonly salt: Uint8Array
  readonly iterations: number
  readonly storedKey: Uint8Array
  readonly serverKey: Uint8Array
}
export type ScramHash = 'SHA-1' | 'SHA-256'

/** A way to prove who one is: the password, or an app password with a name, protocols, addresses and an end. Rows, not special cases. */
export type Credential = {
  readonly id: string
  readonly name: string
  readonly kind: 'password' | 'app-password' | 'certificate'
  readonly protocols: readonly Protocol[] | null
  readonly createdAt: number
  readonly expiresAt: number | null
  readonly lastUsedAt: number | null
}

/** Who tries to log in, for the line that forms when many do at once. */
export interface Asker {
  /** Turns go round these. */
  readonly network: string
  /** Nobody waits for the answer any more. */
  readonly hasLeft: boolean
}

export interface Users {
  /** Checks a password (any of the user's credentials that the protocol may use). Logins are compared after `saslprep`-like folding. */
  verifyPassword(login: string, secret: string, protocol: Protocol, asker?: Asker): Promise<LoginAnswer>
  /** The verifier for SCRAM; for unknown logins one that is stable and never matches. */
  scramVerifier(
    login: string,
    hash: ScramHash,
    protocol: Protocol,
  ): Promise<{ readonly verifier: ScramVerifier; readonly user: Login | null }>
  /** A SCRAM proof was right: notes the use of the credential. Passwords and certificates are noted where they are checked. */
  used?(user: Login): void
  /** EXTERNAL: by SHA-256 fingerprint (lower-case hex) of a verified client certificate. */
  byCertificate(fingerprint: string, authzid: string | null): Promise<LoginAnswer>
  /** Another value whenever a user may have changed since, by whatever process. Costs little; without it, nobody can tell. */
  version?(): string
  /** For delivery: the user a recipient's local part (or whole address) names. */
  find(login: string): Promise<User | null>
}

/** The same directory, for those who administer it. */
export interface UserAdmin extends Users {
  list(): Promise<readonly User[]>
  /** @throws {Refusal} `mailbox-exists` when the login is taken, `mailbox-name` when it is not usable as one */
  add(login: string, secret: string): Promise<User>
  setPassword(login: string, secret: string): Promise<void>
  setDisabled(login: string, disabled: boolean): Promise<void>
  /** Forgets the user and his credentials; the account's mail is removed by the store. */
  remove(login: string): Promise<User>
  credentials(login: string): Promise<readonly Credential[]>
  /** Makes an app password; the secret is answered once and kept only as a hash. */
  addAppPassword(
    login: string,
    options: { name: string; protocols?: readonly Protocol[]; expiresAt?: number },
  ): Promise<{ credential: Credential; secret: string }>
  addCertificate(login: string, options: { name: string; fingerprint: string }): Promise<Credential>
  removeCredential(login: string, id: string): Promise<void>
}
