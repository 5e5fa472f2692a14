/** The command line of `npm run bench:scale`. */
import { parseArgs } from 'node:util'

export type Options = {
  readonly sessions: number
  readonly tls: boolean
  /** How long mail arrives. */
  readonly seconds: number
  readonly rate: number
  /** Messages in each INBOX. */
  readonly mail: number
  readonly threads: number | undefined
  /** Phases after the sessions are open. */
  readonly phases: readonly Phase[]
  readonly json: boolean
  /** A folder whose users and mail are made once and kept; a fresh one that goes when left out. */
  readonly data: string | undefined
  /** Where heap snapshots of the session threads go. */
  readonly snapshots: string | undefined
}

export const phases = ['mail', 'storm', 'pests'] as const
export type Phase = (typeof phases)[number]

export const usage = `npm run bench:scale -- [options]

  --sessions N       idle sessions (default 5000; as many as descriptors allow: about 19000)
  --tls              over TLS
  --seconds S        how long mail arrives (default 30)
  --rate R           messages per second meanwhile (default 200)
  --mail M           messages in each INBOX (default 20)
  --threads T        session threads (default: one per core)
  --phase NAME       only this one after the sessions are open; may be given several times: ${phases.join(', ')}; none for memory alone
  --data DIR         make users and mail there once and keep them
  --snapshots DIR    write a heap snapshot of each session thread while all idle
  --json             the figures as JSON on standard output
`

export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      sessions: { type: 'string', default: '5000' },
      tls: { type: 'boolean', default: false },
      seconds: { type: 'string', default: '30' },
      rate: { type: 'string', default: '200' },
      mail: { type: 'string', default: '20' },
      threads: { type: 'string' },
      phase: { type: 'string', multiple: true },
      json: { type: 'boolean', default: false },
      data: { type: 'string' },
      snapshots: { type: 'string' },
    },
  })
  const chosen = values.phase ?? phases
  const known = (name: string): name is Phase => (phases as readonly string[]).includes(name)
  const unknown = chosen.find(name => name !== 'none' && !known(name))
  if (unknown !== undefined) throw new Error(`there is no phase "${unknown}"; there are ${phases.join(', ')}`)
  return {
    sessions: count('sessions', values.sessions),
    tls: values.tls,
    seconds: count('seconds', values.seconds),
    rate: count('rate', values.rate),
    mail: count('mail', values.mail),
    threads: values.threads === undefined ? undefined : count('threads', values.threads),
    phases: chosen.filter(known),
    json: values.json,
    data: values.data,
    snapshots: values.snapshots,
  }
}

function count(name: string, text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 0) throw new Error(`--${name} wants a whole number; it is ${text}`)
  return value
}
