import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Quoting } from '#ports/transfer.ts'
import { fileToLevel } from './file-names.ts'
import { type Manifest, readManifest } from './manifest.ts'
import { MboxParser } from './mbox-parser.ts'
import { CHUNK_OCTETS, problemOf, type Source, type SourceEvent, type SourceMailbox } from './source.ts'

/** An mbox file, or a folder of them: NAME or NAME.mbox with the mail, NAME or NAME.sbd with those below. */
export async function openMbox(path: string, quoting: Quoting): Promise<Source> {
  const found = await stat(path)
  const files: { path: string; levels: readonly string[]; octets: number }[] = []
  if (found.isDirectory()) await gather(path, [], files)
  else files.push({ path, levels: [], octets: found.size })
  const manifest = found.isDirectory() ? readManifest(path) : null
  const mailboxes = files.map(file => mailboxOf(path, file, manifest, quoting))
  return { format: 'mbox', unit: 'octets', total: files.reduce((sum, { octets }) => sum + octets, 0), mailboxes }
}

/** Indexes of mail programs, locks, and our own list. */
const NO_MAIL = /\.(?:msf|jsonl|json|dat|html|lock)$/i

type Found = { path: string; levels: readonly string[]; octets: number }

async function gather(folder: string, levels: readonly string[], files: Found[]): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true })
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const { name } = entry
    const path = join(folder, name)
    if (name.startsWith('.')) continue
    if (entry.isDirectory()) await gather(path, [...levels, fileToLevel(name.replace(/\.sbd$/i, ''))], files)
    else if (entry.isFile() && !NO_MAIL.test(name)) {
      const { size } = await stat(path)
      files.push({ path, levels: [...levels, fileToLevel(name.replace(/\.mbox$/i, ''))], octets: size })
    }
  }
}

function mailboxOf(root: string, file: Found, manifest: Manifest | null, quoting: Quoting): SourceMailbox {
  const inside = file.path.slice(root.length + 1)
  const line = manifest?.byPath.get(inside)
  return {
    name: line?.name ?? file.levels.join('/'),
    role: line?.role ?? null,
    subscribed: line?.subscribed ?? true,
    events: read => readMbox(file.path, inside === '' ? basename(root) : inside, quoting, read),
  }
}

export async function* readMbox(
  path: string,
  place: string,
  quoting: Quoting,
  read: (octets: number) => void,
): AsyncIterable<readonly SourceEvent[]> {
  const parser = new MboxParser(place, quoting)
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: CHUNK_OCTETS })) {
      yield parser.push(chunk as Buffer)
      read((chunk as Buffer).length)
    }
  } catch (error) {
    // What came of the message that was being read is not all of it.
    yield [{ kind: 'broken', place, problem: problemOf(error) }]
    return
  }
  yield parser.end()
}
