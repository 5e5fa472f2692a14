/**
 * Who may come in now: limits and throttles that hold across all session threads. Lives in the main thread; threads ask by message.
 * Addresses are the client's (after PROXY protocol), IPv6 counted by /64.
 */
export interface Admission {
  /** A connection was accepted. `refused` names the limit that was hit, in words for the client. Every admitted one is released once. */
  open(address: string): Promise<{ readonly refused: string | null }>
  close(address: string): void
  /** Before a secret is checked: how long to wait first, milliseconds (0 for most). Grows with failures of the user and the address. */
  beforeLogin(address: string, login: string): Promise<{ readonly delayMs: number }>
  /** After it was checked; null when it never was. Follows each `beforeLogin`. Success clears the pair's failures. */
  afterLogin(address: string, login: string, success: boolean | null): void
  /** A session of the user begins; `refused` as above. */
  enter(login: string): Promise<{ readonly refused: string | null }>
  leave(login: string): void
}
