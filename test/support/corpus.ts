import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'

/** Mail written by others, kept beside the project and never in it. Null, and a word on why, where it is absent. */

export type Sample = { readonly name: string; readonly message: Buffer }

const place = fileURLToPath(new URL('../../../shared/corpus/', import.meta.url))

/** Messages of odd form out of the test data of other projects. */
export function trickyMail(): Sample[] | null {
  const folder = `${place}tricky/`
  if (!existsSync(folder)) return absent(folder)
  return readdirSync(folder).map(name => ({ name, message: readFileSync(folder + name) }))
}

/** Every `step`-th message of a large collection of real mail. */
export function realMail(step: number): Sample[] | null {
  const archive = `${place}real.tar.gz`
  if (!existsSync(archive)) return absent(archive)
  return [...tarFiles(gunzipSync(readFileSync(archive)))].filter((_, i) => i % step === 0)
}

function absent(path: string): null {
  console.log(`skipped: no mail at ${path}`)
  return null
}

/** The plain files of a tar archive: blocks of 512 octets, the name at 0 and the size in octal at 124 of each header. */
function* tarFiles(archive: Buffer): Generator<Sample, void, undefined> {
  for (let at = 0; at + 512 <= archive.length && archive[at] !== 0; ) {
    const text = (from: number, length: number) =>
      archive.toString('latin1', at + from, at + from + length).split('\0', 1)[0]!
    const size = Number.parseInt(text(124, 12), 8)
    const start = at + 512
    if (text(156, 1) === '0') yield { name: text(0, 100), message: archive.subarray(start, start + size) }
    at = start + Math.ceil(size / 512) * 512
  }
}
