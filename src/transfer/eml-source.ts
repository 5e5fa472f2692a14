import { createReadStream, existsSync } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import { createInterface } from 'node:readline'
import { type MessageFile, readMessageFiles } from './file-events.ts'
import { fileToLevel } from './file-names.ts'
import { readManifest } from './manifest.ts'
import { readSidecarLine, SIDECAR } from './sidecar.ts'
import type { Labels, Source, SourceEvent, SourceMailbox } from './source.ts'

/** A message in a file, or folders of them: folders are mailboxes. */
export async function openEml(path: string): Promise<Source> {
  if (!(await stat(path)).isDirectory()) {
    const events = (read: (count: number) => void) => readFiles(dirname(path), '', [basename(path)], read)
    return {
      format: 'eml',
      unit: 'messages',
      total: 1,
      mailboxes: [{ name: '', role: null, subscribed: true, events }],
    }
  }
  const folders: Folder[] = []
  await gather(path, [], folders)
  const manifest = readManifest(path)
  const mailboxes = folders.map(({ path: folder, levels }): SourceMailbox => {
    const inside = relative(path, folder)
    const line = manifest?.byPath.get(inside === '' ? '.' : inside)
    return {
      name: line?.name ?? levels.join('/'),
      role: line?.role ?? null,
      subscribed: line?.subscribed ?? true,
      events: read => readFolder(folder, inside, read),
    }
  })
  return { format: 'eml', unit: 'messages', total: folders.reduce((sum, { files }) => sum + files, 0), mailboxes }
}

type Folder = { readonly path: string; readonly levels: readonly string[]; readonly files: number }

export const isEml = (name: string): boolean => !name.startsWith('.') && /\.eml$/i.test(name)

/** Folders with messages, or with a list that says there are none. */
async function gather(folder: string, levels: readonly string[], folders: Folder[]): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true })
  const files = entries.filter(each => each.isFile() && isEml(each.name)).length
  if (files > 0 || entries.some(each => each.name === SIDECAR)) folders.push({ path: folder, levels, files })
  for (const { name } of entries.filter(each => each.isDirectory()).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (!name.startsWith('.')) await gather(join(folder, name), [...levels, fileToLevel(name)], folders)
  }
}

async function* readFolder(
  folder: string,
  inside: string,
  read: (messages: number) => void,
): AsyncIterable<readonly SourceEvent[]> {
  const rest = new Set((await readdir(folder)).filter(isEml))
  yield* readMessageFiles(listed(folder, inside, rest), read)
  yield* readFiles(folder, inside, [...rest], read)
}

/** Files in the order of the list, also those that are gone: they are told of. What is in the list is taken out of `rest`. */
async function* listed(folder: string, inside: string, rest: Set<string>): AsyncIterable<MessageFile> {
  const sidecar = join(folder, SIDECAR)
  if (!existsSync(sidecar)) return
  for await (const text of createInterface({ input: createReadStream(sidecar), crlfDelay: Infinity })) {
    const line = readSidecarLine(text)
    if (line === null) continue
    rest.delete(line.file)
    const { file, octets, labels } = line
    yield { path: join(folder, file), place: join(inside, file), exact: octets, labels: () => labels }
  }
}

/** Those with no list: by number where names begin with one, and the date is the message's own. */
function readFiles(
  folder: string,
  inside: string,
  files: readonly string[],
  read: (messages: number) => void,
): AsyncIterable<readonly SourceEvent[]> {
  const labels: Labels = { uid: null, flags: 0, keywords: [], receivedAt: null, zone: 0 }
  const { compare } = new Intl.Collator('en', { numeric: true })
  const sorted = files.toSorted(compare).map(file => ({
    path: join(folder, file),
    place: join(inside, file),
    exact: null,
    labels: () => labels,
  }))
  return readMessageFiles(sorted, read)
}
