/** Maildirs as clients keep them: messages with their flags read, flags changed by renaming, messages put in. */
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export type Kept = { readonly path: string; readonly flags: readonly string[]; readonly octets: Buffer }

const letters: Readonly<Record<string, string>> = {
  D: '\\Draft',
  F: '\\Flagged',
  R: '\\Answered',
  S: '\\Seen',
  T: '\\Deleted',
}

export async function makeMaildir(path: string): Promise<void> {
  for (const part of ['cur', 'new', 'tmp']) await mkdir(join(path, part), { recursive: true })
}

/** All messages, new ones too; flags sorted. */
export async function readMaildir(path: string): Promise<Kept[]> {
  const mails: Kept[] = []
  for (const part of ['cur', 'new']) {
    for (const file of await readdir(join(path, part))) {
      const flags = [...(/:2,(\w*)$/.exec(file)?.[1] ?? '')].map(letter => letters[letter] ?? letter).sort()
      mails.push({ path: join(path, part, file), flags, octets: await readFile(join(path, part, file)) })
    }
  }
  return mails
}

/** Gives a message these flags (letters, sorted) and no other. */
export async function setFlags(mail: Kept, flags: string): Promise<void> {
  const name = mail.path.replace(/\/new\/([^/]*)$/, '/cur/$1').replace(/:2,\w*$/, '')
  await rename(mail.path, `${name}:2,${flags}`)
}

export async function putIn(path: string, name: string, octets: Buffer): Promise<void> {
  await writeFile(join(path, 'new', `${name}.localhost`), octets)
}
