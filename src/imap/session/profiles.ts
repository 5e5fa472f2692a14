/**
 * What is done differently for clients that need it, as data. A row names the client by its ID fields (RFC 2971) or, for clients that
 * send none, by how they behave, and says what changes; its transcript is a session of such a client.
 *
 * A row is a last resort: what can be tolerated from everybody needs none.
 */
export type Profile = {
  /** As in logs. */
  readonly name: string
  /** In test/transcripts. */
  readonly transcript: string
  /** All of these ID fields match. */
  readonly id?: Readonly<Record<string, RegExp>>
  /** The tags of its first two commands look so. */
  readonly tags?: (first: string, second: string) => boolean
  /** Capabilities it must not see. */
  readonly without?: readonly string[]
  /** Bounds of the interval at which it hears something in IDLE, whatever is configured. */
  readonly heartbeatAtMostMs?: number
  readonly heartbeatAtLeastMs?: number
  /** Values of the ID field `event` that announce work which can wait a day; refused while the operator sheds load. */
  readonly background?: readonly string[]
}

const MINUTE_MS = 60_000

export const profiles: readonly Profile[] = [
  // Since iOS 18.5 it says what a connection is for, and puts it off for about a day when it is refused. Apple TN3189
  {
    name: 'apple-mail',
    transcript: 'profile-apple-mail.txt',
    id: { name: /^com\.apple\.email\.maild$/i },
    background: ['indexer', 'back-fill'],
  },
  // Asks operators to spare phones' batteries: it keeps its connection alive by itself.
  {
    name: 'fairemail',
    transcript: 'profile-fairemail.txt',
    id: { name: /^FairEmail$/i },
    heartbeatAtLeastMs: 24 * MINUTE_MS,
  },
  // Counts new mail wrongly by CONDSTORE, which is a preference of its users. Mozilla bug 885220
  {
    name: 'thunderbird',
    transcript: 'profile-thunderbird.txt',
    id: { name: /^Thunderbird$/i },
    without: ['CONDSTORE', 'QRESYNC'],
  },
  // Takes a connection for dead that is quiet for longer. Sends no ID; its tags are four letters and digits drawn by lot.
  {
    name: 'outlook',
    transcript: 'profile-outlook.txt',
    tags: (first, second) => drawnByLot(first) && drawnByLot(second) && !counted(first, second),
    heartbeatAtMostMs: 2 * MINUTE_MS,
  },
]

const drawnByLot = (tag: string): boolean => /^[a-z0-9]{4}$/.test(tag) && /[a-z]/.test(tag)

/** a001, a002: somebody counts. */
const counted = (first: string, second: string): boolean => first.slice(0, 2) === second.slice(0, 2)

/** `fields`: names in lower case. */
export function profileById(fields: ReadonlyMap<string, string | null>): Profile | null {
  const fits = ({ id }: Profile) =>
    id !== undefined && Object.entries(id).every(([name, pattern]) => pattern.test(fields.get(name) ?? ''))
  return profiles.find(fits) ?? null
}

export function profileByTags(first: string, second: string): Profile | null {
  return profiles.find(({ tags }) => tags?.(first, second)) ?? null
}

export function heartbeatOf(profile: Profile | null, configuredMs: number): number {
  const { heartbeatAtLeastMs = 0, heartbeatAtMostMs = Number.POSITIVE_INFINITY } = profile ?? {}
  return Math.min(heartbeatAtMostMs, Math.max(heartbeatAtLeastMs, configuredMs))
}
