import { open, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Refusal } from '#base/errors.ts'
import type { Format, Quoting } from '#ports/transfer.ts'
import { isEml, openEml } from './eml-source.ts'
import { openMaildir } from './maildir-source.ts'
import { readManifest } from './manifest.ts'
import { openMbox } from './mbox-source.ts'
import { problemOf, type Source } from './source.ts'

/** @throws {Refusal} `not-possible` when there is nothing to read, saying why */
export async function openSource(path: string, format: Format | null, quoting: Quoting): Promise<Source> {
  try {
    const chosen = format ?? (await guess(path))
    const source =
      chosen === 'mbox'
        ? await openMbox(path, quoting)
        : chosen === 'maildir'
          ? await openMaildir(path)
          : await openEml(path)
    if (source.mailboxes.length > 0) return source
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
    throw new Refusal('not-possible', `${path} ${problemOf(error)}`)
  }
  throw new Refusal('not-possible', `${path} has no mail that could be read${format === null ? '' : ` as ${format}`}`)
}

/** Folders that are looked into before it is said that nothing was found. */
const LOOKED_INTO = 1_000

async function guess(path: string): Promise<Format> {
  if (!(await stat(path)).isDirectory()) return (await beginsWith(path, 'From ')) ? 'mbox' : 'eml'
  const manifest = readManifest(path)
  if (manifest !== null) return manifest.heading.format
  const folders = [path]
  let eml = false
  for (let looked = 0; looked < Math.min(folders.length, LOOKED_INTO); looked++) {
    const folder = folders[looked]!
    const entries = await readdir(folder, { withFileTypes: true })
    if (entries.some(each => each.isDirectory() && each.name === 'cur')) return 'maildir'
    eml ||= entries.some(each => each.isFile() && isEml(each.name))
    folders.push(...entries.filter(each => each.isDirectory()).map(each => join(folder, each.name)))
  }
  return eml ? 'eml' : 'mbox'
}

/** An empty file is an mbox without messages. */
async function beginsWith(path: string, text: string): Promise<boolean> {
  const file = await open(path, 'r')
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(text.length), 0, text.length, 0)
    return bytesRead === 0 || buffer.toString('latin1', 0, bytesRead) === text
  } finally {
    await file.close()
  }
}
