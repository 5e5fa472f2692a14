/** What the conductor asks of a process that plays clients, and what it answers. */

export type Ports = { readonly imap: number; readonly imaps: number; readonly lmtp: number }

export type Opening = {
  readonly from: number
  readonly to: number
  readonly tls: boolean
  readonly secret: Secret
  readonly atOnce: number
}

export type Task =
  /** Opens sessions of users `from`..`to` - 1 up to IDLE, `atOnce` at a time; those that are refused try again as clients do. */
  | ({ readonly kind: 'open' } & Opening)
  /** Cuts all connections without a word. */
  | { readonly kind: 'cut' }
  /** Delivers to random users that have a session. */
  | { readonly kind: 'mail'; readonly seconds: number; readonly rate: number }
  /** NOOP on sessions of its own while time passes. */
  | { readonly kind: 'noop'; readonly seconds: number; readonly sessions: number; readonly tls: boolean }
  /** Begins to be a nuisance, and goes on until the process ends. */
  | { readonly kind: 'pest'; readonly pest: Pest }

export const pests = ['reads nothing', 'a byte a second', 'pipelines 10,000', 'asks for everything'] as const
export type Pest = (typeof pests)[number]

export type Figures = Readonly<Record<string, number>>

export type ToPlayer = { readonly id: number; readonly ports: Ports; readonly task: Task }
export type FromPlayer =
  | { readonly id: number; readonly figures: Figures }
  | { readonly id: number; readonly failed: string }

export const userName = (n: number): string => `user${n}@example.org`
export const pestUser = 'pest@example.org'
/** What clients log in with: the password costs its slow hash, the app password next to nothing. */
export const secrets = { password: 'bench-pass-1', 'app-password': 'abcd-efgh-jkmn-pqrs-tuvw-xyz2' } as const
export type Secret = keyof typeof secrets
