import { existsSync, readFileSync } from 'node:fs'
import { appendFile, open } from 'node:fs/promises'
import { join } from 'node:path'
import type { Role } from '#ports/metadata.ts'
import { type Format, formats } from '#ports/transfer.ts'

/**
 * The list that an export keeps beside the files, one JSON object a line: first what it is an export of, then each mailbox once it is complete.
 * So an interrupted export knows where to go on, and an import learns what the format cannot hold: roles, subscriptions, names too long for files.
 */
export const MANIFEST = 'rookery-export.jsonl'

export type Heading = {
  readonly rookery: 1
  readonly format: Format
  readonly account: number
  readonly mailboxes: readonly string[]
}

export type MailboxLine = {
  /** Inside the export; '.' for the folder itself. */
  readonly path: string
  readonly name: string
  readonly role: Role | null
  readonly subscribed: boolean
  readonly uidValidity: number
  readonly uidNext: number
  readonly messages: number
  readonly octets: number
  readonly problems: number
}

export type Manifest = { readonly heading: Heading; readonly byPath: ReadonlyMap<string, MailboxLine> }

/** null when there is none, or none of ours. A last line that was cut off is left out. */
export function readManifest(folder: string): Manifest | null {
  const path = join(folder, MANIFEST)
  if (!existsSync(path)) return null
  const [heading, ...lines] = readFileSync(path, 'utf8').split('\n').flatMap(lineOf)
  if (!isHeading(heading)) return null
  return { heading, byPath: new Map(lines.filter(isMailbox).map(line => [line.path, line])) }
}

export async function beginManifest(folder: string, heading: Heading): Promise<void> {
  await writeDurably(join(folder, MANIFEST), `${JSON.stringify(heading)}\n`)
}

export async function addToManifest(folder: string, line: MailboxLine): Promise<void> {
  await appendFile(join(folder, MANIFEST), `${JSON.stringify(line)}\n`, { flush: true })
}

export async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'w', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}

function lineOf(text: string): unknown[] {
  try {
    return text === '' ? [] : [JSON.parse(text)]
  } catch {
    return []
  }
}

const isHeading = (line: unknown): line is Heading =>
  typeof line === 'object' &&
  line !== null &&
  'rookery' in line &&
  line.rookery === 1 &&
  'format' in line &&
  formats.some(each => each === line.format)

const isMailbox = (line: unknown): line is MailboxLine =>
  typeof line === 'object' &&
  line !== null &&
  'path' in line &&
  typeof line.path === 'string' &&
  'name' in line &&
  typeof line.name === 'string' &&
  'subscribed' in line &&
  typeof line.subscribed === 'boolean' &&
  'role' in line &&
  (line.role === null || roles.some(each => each === line.role))

const roles: readonly Role[] = ['all', 'archive', 'drafts', 'flagged', 'junk', 'sent', 'trash', 'important']
