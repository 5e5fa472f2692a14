import { Flag, type Flags } from '#ports/metadata.ts'
import { atoms, type Labels } from './source.ts'

/** The list beside the .eml files of a folder, one JSON object a line: what a message has that is not in its octets. */
export const SIDECAR = 'messages.jsonl'

export type SidecarLine = {
  readonly file: string
  readonly uid: number
  readonly flags: readonly string[]
  readonly keywords: readonly string[]
  /** INTERNALDATE and SAVEDATE: milliseconds since 1970, and in words for people; `zone` in minutes east of UTC. */
  readonly receivedAt: number
  readonly received: string
  readonly zone: number
  readonly saved: string
  readonly octets: number
}

const names = {
  seen: Flag.seen,
  answered: Flag.answered,
  flagged: Flag.flagged,
  deleted: Flag.deleted,
  draft: Flag.draft,
}

export const flagNames = (flags: Flags): readonly string[] =>
  Object.entries(names).flatMap(([name, bit]) => ((flags & bit) !== 0 ? [name] : []))

/** null when the line is not one of ours, or was cut off. */
export function readSidecarLine(text: string): { file: string; octets: number | null; labels: Labels } | null {
  let line: Partial<Record<keyof SidecarLine, unknown>> | null
  try {
    line = JSON.parse(text)
  } catch {
    return null
  }
  if (typeof line !== 'object' || line === null || typeof line.file !== 'string' || /[/\0]/.test(line.file)) return null
  const strings = (value: unknown) =>
    Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : []
  const integer = (value: unknown) => (typeof value === 'number' && Number.isSafeInteger(value) ? value : null)
  const uid = integer(line.uid)
  const zone = integer(line.zone) ?? 0
  return {
    file: line.file,
    octets: integer(line.octets),
    labels: {
      uid: uid !== null && uid >= 1 && uid <= 0xffff_ffff ? uid : null,
      flags: strings(line.flags).reduce((bits, name) => bits | (names[name as keyof typeof names] ?? 0), 0),
      keywords: atoms(strings(line.keywords)),
      receivedAt: integer(line.receivedAt),
      zone: Math.abs(zone) < 1440 ? zone : 0,
    },
  }
}
