import { type FileHandle, mkdir, open, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { StoreFault } from '#base/errors.ts'
import { writeMessageFile } from './message-file.ts'
import type { MailboxWriter, Outgoing, Written } from './outgoing.ts'
import { flagNames, SIDECAR, type SidecarLine } from './sidecar.ts'

/** A folder of .eml files with the list beside them. Files that an earlier run left there whole stay. */
export async function openEmlWriter(folder: string): Promise<MailboxWriter> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const found = new Set((await readdir(folder)).filter(file => file.endsWith('.eml') || file.startsWith(DRAFT)))
  return new EmlWriter(folder, found, await open(join(folder, SIDECAR), 'w', 0o600))
}

const DRAFT = '.draft-'

/** Files that are on their way to the disk at the same time. */
const AT_ONCE = 16

class EmlWriter implements MailboxWriter {
  readonly #folder: string
  readonly #found: Set<string>
  readonly #list: FileHandle

  constructor(folder: string, found: Set<string>, list: FileHandle) {
    this.#folder = folder
    this.#found = found
    this.#list = list
  }

  async write(messages: readonly Outgoing[], tell: (uid: number, problem: string) => void): Promise<Written> {
    let before = 0
    let failed = 0
    for (let at = 0; at < messages.length; at += AT_ONCE) {
      const lines = await Promise.all(
        messages.slice(at, at + AT_ONCE).map(async message => {
          try {
            if (await this.#message(message)) before += 1
            return `${JSON.stringify(lineOf(message))}\n`
          } catch (error) {
            if (!(error instanceof StoreFault)) throw error
            failed += 1
            tell(message.uid, error.message)
            return ''
          }
        }),
      )
      await this.#list.write(lines.join(''))
    }
    return { before, failed }
  }

  async finish(): Promise<void> {
    // What was expunged since an earlier run began, and drafts of it.
    for (const file of this.#found) await rm(join(this.#folder, file), { recursive: true, force: true })
    await this.#list.sync()
  }

  close(): Promise<void> {
    return this.#list.close()
  }

  /** True when it was there. */
  async #message({ uid, octets, receivedAt, body }: Outgoing): Promise<boolean> {
    const file = fileOf(uid)
    const path = join(this.#folder, file)
    if (this.#found.delete(file) && (await stat(path)).size === octets) return true
    await writeMessageFile(join(this.#folder, `${DRAFT}${uid}`), body, () => path, {
      lineFeeds: false,
      modifiedAt: receivedAt,
    })
    return false
  }
}

const fileOf = (uid: number) => `${uid}.eml`

const lineOf = ({ uid, flags, keywords, receivedAt, zone, savedAt, octets }: Outgoing): SidecarLine => ({
  file: fileOf(uid),
  uid,
  flags: flagNames(flags),
  keywords,
  receivedAt,
  received: new Date(receivedAt).toISOString(),
  zone,
  saved: new Date(savedAt).toISOString(),
  octets,
})
