import { createReadStream, existsSync } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import { createInterface } from 'node:readline'
import { readMessageFile } from './file-events.ts'
import { fileToLevel } from './file-names.ts'
import { readManifest } from './manifest.ts'
import { readSidecarLine, SIDECAR } from './sidecar.ts'
import { atoms, type Labels, type Source, type SourceEvent, type SourceMailbox } from './source.ts'

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
  const sidecar = join(folder, SIDECAR)
  if (existsSync(sidecar)) {
    for await (const text of createInterface({ input: createReadStream(sidecar), crlfDelay: Infinity })) {
      const line = readSidecarLine(text)
      if (line === null) continue
      // Also a file that is gone is tried: it is told of.
      rest.delete(line.file)
      yield* readMessageFile(join(folder, line.file), join(inside, line.file), line.octets, () => line.labels)
      read(1)
    }
  }
  yield* readFiles(folder, inside, [...rest], read)
}

/** Those with no list: by number where names begin with one, and the date is the message's own. */
async function* readFiles(
  folder: string,
  inside: string,
  files: readonly string[],
  read: (messages: number) => void,
): AsyncIterable<readonly SourceEvent[]> {
  const labels: Labels = { uid: null, flags: 0, keywords: atoms([]), receivedAt: null, zone: 0 }
  const order = new Intl.Collator('en', { numeric: true })
  for (const file of files.toSorted(order.compare)) {
    yield* readMessageFile(join(folder, file), join(inside, file), null, () => labels)
    read(1)
  }
}
