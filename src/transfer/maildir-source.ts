import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { type MessageFile, readMessageFiles } from './file-events.ts'
import { maildirToName } from './file-names.ts'
import { readKeywordFile, readMaildirName, readUidList } from './maildir-names.ts'
import { type Manifest, readManifest } from './manifest.ts'
import { atoms, problemOf, type Source, type SourceEvent, type SourceMailbox } from './source.ts'

/** A Maildir with the folders in it: Maildir++ (`.Sent.2026`), or folders as they are (`Sent/2026`). */
export async function openMaildir(path: string): Promise<Source> {
  const folders: Folder[] = []
  await gather(path, path, folders, 0)
  const manifest = readManifest(path)
  const total = folders.reduce((sum, { messages }) => sum + messages, 0)
  return { format: 'maildir', unit: 'messages', total, mailboxes: folders.map(each => mailboxOf(path, each, manifest)) }
}

type Folder = { readonly path: string; readonly name: string; readonly messages: number }

/** Links may go in circles. */
const MAX_DEPTH = 64

async function gather(root: string, folder: string, folders: Folder[], depth: number): Promise<void> {
  const entries = (await readdir(folder, { withFileTypes: true }))
    .filter(each => each.isDirectory())
    .map(each => each.name)
  if (entries.includes('cur')) {
    const messages = (await namesIn(join(folder, 'cur'))).length + (await namesIn(join(folder, 'new'))).length
    folders.push({ path: folder, name: nameOf(relative(root, folder)), messages })
  }
  if (depth === MAX_DEPTH) return
  for (const name of entries.sort()) {
    if (name === 'cur' || name === 'new' || name === 'tmp' || name === '..') continue
    await gather(root, join(folder, name), folders, depth + 1)
  }
}

const nameOf = (path: string): string =>
  path === ''
    ? ''
    : path
        .split('/')
        .map(level =>
          level.startsWith('.') ? maildirToName(level) : maildirToName(`.${level.replaceAll('.', '\\2e')}`),
        )
        .join('/')

/** Files of a folder; none when there is no folder. Hidden ones are no messages. */
async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).filter(name => !name.startsWith('.'))
  } catch {
    return []
  }
}

function mailboxOf(root: string, folder: Folder, manifest: Manifest | null): SourceMailbox {
  const inside = relative(root, folder.path)
  const line = manifest?.byPath.get(inside === '' ? '.' : inside)
  return {
    name: line?.name ?? folder.name,
    role: line?.role ?? null,
    subscribed: line?.subscribed ?? true,
    events: read => readFolder(folder.path, inside, read),
  }
}

async function* readFolder(
  folder: string,
  inside: string,
  read: (messages: number) => void,
): AsyncIterable<readonly SourceEvent[]> {
  const keywords = readKeywordFile(await textOf(join(folder, 'dovecot-keywords')))
  const uids = readUidList(await textOf(join(folder, 'dovecot-uidlist')))
  const messages: { path: string; place: string; uid: number | null; order: number; file: string }[] = []
  for (const part of ['cur', 'new']) {
    try {
      for (const file of await readdir(join(folder, part))) {
        if (file.startsWith('.')) continue
        const { base, uid } = readMaildirName(file, [])
        const order = Number.parseInt(base, 10)
        messages.push({
          path: join(folder, part, file),
          place: join(inside, part, file),
          uid: uids.get(base) ?? uid,
          order: Number.isNaN(order) ? Number.MAX_VALUE : order,
          file,
        })
      }
    } catch (error) {
      // Mail programs make `new` when they need it.
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') continue
      yield [{ kind: 'broken', place: join(inside, part), problem: problemOf(error) }]
    }
  }
  // By UID; those that have none come behind in the order of arrival, which their names begin with.
  const late = 2 ** 32
  messages.sort((a, b) => (a.uid ?? late) - (b.uid ?? late) || a.order - b.order || (a.file < b.file ? -1 : 1))
  const files = messages.values().map(({ path, place, uid, file }): MessageFile => {
    const name = readMaildirName(file, keywords)
    const labels = { uid, flags: name.flags, keywords: atoms(name.keywords), zone: name.zone ?? 0 }
    return { path, place, exact: name.wireOctets, labels: modifiedAt => ({ ...labels, receivedAt: modifiedAt }) }
  })
  yield* readMessageFiles(files, read)
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch {
    return ''
  }
}
