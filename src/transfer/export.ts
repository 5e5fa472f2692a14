import { mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { Refusal } from '#base/errors.ts'
import type { Mail } from '#mail/mail.ts'
import { DELIMITER, isBelow, lookupName } from '#mail/names.ts'
import type { MailboxRow } from '#ports/metadata.ts'
import type { ExportReport, ExportRequest, Format } from '#ports/transfer.ts'
import { openEmlWriter } from './eml-writer.ts'
import { levelToFile, nameToMaildir } from './file-names.ts'
import { openMaildirWriter } from './maildir-writer.ts'
import { addToManifest, beginManifest, type Heading, MANIFEST, type MailboxLine, readManifest } from './manifest.ts'
import { openMboxWriter } from './mbox-writer.ts'
import { type MailboxWriter, outgoing } from './outgoing.ts'

type Tally = { -readonly [Name in Exclude<keyof ExportReport, 'format'>]: number }

/**
 * Writes mailboxes into files. All work is in `TARGET.part` until it is whole; a run that finds the part of an interrupted one of the same
 * kind goes on there. @throws {Refusal} `not-possible` for a target that is there, mailboxes that are not, and a part of something else
 */
export async function exportMail(mail: Mail, request: ExportRequest): Promise<ExportReport> {
  const { format } = request
  const target = resolve(request.target)
  const part = `${target}.part`
  const rows = chosen(await mail.metadata.mailboxes(mail.account), request.mailboxes)
  const subscribed = new Set(await mail.metadata.subscriptions(mail.account))
  const single = format === 'mbox' && target.endsWith('.mbox') && request.mailboxes.length === 1 && rows.length === 1
  await requireFree(target, single)
  const done = await openPart(part, { rookery: 1, format, account: mail.account, mailboxes: request.mailboxes })
  if (format === 'maildir')
    for (const each of ['cur', 'new', 'tmp']) await mkdir(join(part, each), { recursive: true, mode: 0o700 })

  const tally: Tally = { mailboxes: 0, messages: 0, octets: 0, skipped: 0, problems: 0 }
  const total = rows.reduce((sum, { messages }) => sum + messages, 0)
  let came = 0
  const count = (messages: number) => {
    came += messages
    request.onProgress({ done: came, total: Math.max(total, came), unit: 'messages' })
  }
  count(0)
  for (const row of rows) {
    const path = pathOf(format, row.name)
    const before = done.get(path)
    if (before !== undefined && before.uidValidity === row.uidValidity) {
      tally.skipped += before.messages
      tally.problems += before.problems
      count(before.messages)
    } else {
      const line = await exportMailbox(mail, row, join(part, path), { request, count, tally })
      await addToManifest(part, { path, subscribed: subscribed.has(row.name), ...line })
    }
    tally.mailboxes += 1
  }
  if (single) await rename(join(part, pathOf(format, rows[0]!.name)), target)
  else await rename(part, target)
  if (single) await rm(part, { recursive: true })
  await syncFolder(dirname(target))
  return { format, ...tally }
}

/** Those asked for. `NAME/*`: all below NAME. */
function chosen(rows: readonly MailboxRow[], asked: readonly string[]): readonly MailboxRow[] {
  if (asked.length === 0) return rows
  const wanted = new Set<MailboxRow>()
  for (const each of asked) {
    const above = each.endsWith(`${DELIMITER}*`) ? lookupName(each.slice(0, -2)) : null
    const found = rows.filter(({ name }) => (above === null ? name === lookupName(each) : isBelow(name, above)))
    if (found.length === 0)
      throw new Refusal('not-possible', `there is no mailbox ${each}; "rookery mailbox list" names all`)
    for (const row of found) wanted.add(row)
  }
  return rows.filter(row => wanted.has(row))
}

async function requireFree(target: string, single: boolean): Promise<void> {
  const there = await readdir(target).catch((error: NodeJS.ErrnoException) => (error.code === 'ENOENT' ? null : ['?']))
  if (there === null || (there.length === 0 && !single)) return
  throw new Refusal('not-possible', `${target} is there already; give a name that is not`)
}

/** The mailboxes that are complete in the part already, by path. */
async function openPart(part: string, heading: Heading): Promise<ReadonlyMap<string, MailboxLine>> {
  const made = await mkdir(part, { recursive: true, mode: 0o700 })
  const manifest = made === undefined ? readManifest(part) : null
  if (manifest !== null && JSON.stringify(manifest.heading) === JSON.stringify(heading)) return manifest.byPath
  if ((await readdir(part)).some(name => name !== MANIFEST) || manifest !== null) {
    throw new Refusal('not-possible', `${part} is there from another export; finish that one or remove it`)
  }
  await beginManifest(part, heading)
  return new Map()
}

function pathOf(format: Format, name: string): string {
  if (format === 'maildir') return nameToMaildir(name) || '.'
  const path = name.split(DELIMITER).map(levelToFile).join('/')
  return format === 'mbox' ? `${path}.mbox` : path
}

type Work = { readonly request: ExportRequest; readonly tally: Tally; count(messages: number): void }

async function exportMailbox(
  mail: Mail,
  row: MailboxRow,
  path: string,
  { request, tally, count }: Work,
): Promise<Omit<MailboxLine, 'path' | 'subscribed'>> {
  const mine = { messages: 0, octets: 0, problems: 0 }
  const tell = (uid: number, problem: string) => {
    mine.problems += 1
    request.onProblem({ place: `${row.name}, UID ${uid}`, problem })
  }
  const writer = await openWriter(mail, row, path, request.format)
  try {
    for await (const page of outgoing(mail, row)) {
      const { before, failed } = await writer.write(page, tell)
      mine.messages += page.length - failed
      for (const { octets } of page) mine.octets += octets
      tally.skipped += before
      tally.messages -= before
      count(page.length)
    }
    await writer.finish()
  } finally {
    await writer.close()
  }
  tally.messages += mine.messages
  tally.octets += mine.octets
  tally.problems += mine.problems
  const { name, role, uidValidity, uidNext } = row
  return { name, role, uidValidity, uidNext, ...mine }
}

async function openWriter(mail: Mail, row: MailboxRow, path: string, format: Format): Promise<MailboxWriter> {
  if (format === 'eml') return await openEmlWriter(path)
  const keywords = await mail.metadata.keywords(mail.account, row.id)
  return format === 'mbox' ? await openMboxWriter(path, row, keywords) : await openMaildirWriter(path, row, keywords)
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
