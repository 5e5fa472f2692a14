import { type FileHandle, mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { StoreFault } from '#base/errors.ts'
import type { MailboxRow } from '#ports/metadata.ts'
import { KEYWORD_LETTERS, maildirInfo } from './maildir-names.ts'
import { writeDurably } from './manifest.ts'
import { writeMessageFile } from './message-file.ts'
import type { MailboxWriter, Outgoing, Written } from './outgoing.ts'

/** A folder of a Maildir++. Messages that an earlier run left there stay; only their flags are brought up to date. */
export async function openMaildirWriter(
  folder: string,
  row: MailboxRow,
  keywords: readonly string[],
): Promise<MailboxWriter> {
  for (const part of ['cur', 'new', 'tmp']) await mkdir(join(folder, part), { recursive: true, mode: 0o700 })
  // Maildir++ marks folders by it.
  if (row.name !== 'INBOX') await writeDurably(join(folder, 'maildirfolder'), '')
  const lettered = keywords.slice(0, KEYWORD_LETTERS)
  if (lettered.length > 0) {
    await writeDurably(join(folder, 'dovecot-keywords'), lettered.map((each, i) => `${i} ${each}\n`).join(''))
  }
  const found = new Map((await readdir(join(folder, 'cur'))).map(file => [stemOf(file), file]))
  const uids = await open(join(folder, 'dovecot-uidlist'), 'w', 0o600)
  await uids.write(`3 V${row.uidValidity} N${row.uidNext}\n`)
  return new MaildirWriter(folder, row.uidValidity, lettered, found, uids)
}

const stemOf = (file: string) => file.split(',', 1)[0]!

/** Files that are on their way to the disk at the same time. */
const AT_ONCE = 16

class MaildirWriter implements MailboxWriter {
  readonly #folder: string
  readonly #uidValidity: number
  readonly #keywords: readonly string[]
  readonly #found: Map<string, string>
  readonly #uids: FileHandle

  constructor(
    folder: string,
    uidValidity: number,
    keywords: readonly string[],
    found: Map<string, string>,
    uids: FileHandle,
  ) {
    this.#folder = folder
    this.#uidValidity = uidValidity
    this.#keywords = keywords
    this.#found = found
    this.#uids = uids
  }

  async write(messages: readonly Outgoing[], tell: (uid: number, problem: string) => void): Promise<Written> {
    let before = 0
    let failed = 0
    for (let at = 0; at < messages.length; at += AT_ONCE) {
      const lines = await Promise.all(
        messages.slice(at, at + AT_ONCE).map(async message => {
          const left = message.keywords.filter(each => !this.#keywords.includes(each))
          if (left.length > 0) tell(message.uid, `lost keywords, for which a Maildir has no letter: ${left.join(' ')}`)
          try {
            const { file, was } = await this.#message(message)
            if (was) before += 1
            return `${message.uid} :${file.split(':', 1)[0]}\n`
          } catch (error) {
            if (!(error instanceof StoreFault)) throw error
            failed += 1
            tell(message.uid, error.message)
            return ''
          }
        }),
      )
      await this.#uids.write(lines.join(''))
    }
    return { before, failed }
  }

  async finish(): Promise<void> {
    // What was expunged since an earlier run began.
    for (const file of this.#found.values()) await rm(join(this.#folder, 'cur', file), { force: true })
    for (const file of await readdir(join(this.#folder, 'tmp'))) await rm(join(this.#folder, 'tmp', file))
    await this.#uids.sync()
    const cur = await open(join(this.#folder, 'cur'), 'r')
    try {
      await cur.sync()
    } finally {
      await cur.close()
    }
  }

  close(): Promise<void> {
    return this.#uids.close()
  }

  async #message(message: Outgoing): Promise<{ file: string; was: boolean }> {
    const { uid, flags, keywords, octets, receivedAt, zone, body } = message
    const seconds = Math.max(0, Math.floor(receivedAt / 1000))
    const stem = `${seconds}.U${uid}V${this.#uidValidity}.rookery`
    const info = maildirInfo(flags, keywords, this.#keywords)
    const there = this.#found.get(stem)
    if (there !== undefined) {
      this.#found.delete(stem)
      const file = `${there.split(':', 1)[0]}${info}`
      if (file !== there) await rename(join(this.#folder, 'cur', there), join(this.#folder, 'cur', file))
      return { file, was: true }
    }
    const zoned = zone === 0 ? '' : `,Z=${zone}`
    const path = await writeMessageFile(
      join(this.#folder, 'tmp', stem),
      body,
      stored => join(this.#folder, 'cur', `${stem},S=${stored},W=${octets}${zoned}${info}`),
      { lineFeeds: true, modifiedAt: receivedAt },
    )
    return { file: path.slice(path.lastIndexOf('/') + 1), was: false }
  }
}
