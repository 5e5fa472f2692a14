import { type FileHandle, mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { StoreFault } from '#base/errors.ts'
import type { MailboxRow } from '#ports/metadata.ts'
import { markLines } from './mbox-fields.ts'
import { fromLine } from './mbox-from.ts'
import { MboxLines } from './mbox-lines.ts'
import type { MailboxWriter, Outgoing, Written } from './outgoing.ts'

/** Nobody knows any more who sent it; programs look at From: anyway. */
const SENDER = 'MAILER-DAEMON'
const BUFFER_OCTETS = 1024 * 1024

/** An mbox of one mailbox, from its beginning: one that was begun by an earlier run is written again. */
export async function openMboxWriter(
  path: string,
  row: MailboxRow,
  keywords: readonly string[],
): Promise<MailboxWriter> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  return new MboxWriter(await open(path, 'w', 0o600), row, keywords)
}

class MboxWriter implements MailboxWriter {
  readonly #file: FileHandle
  readonly #base: string
  #isFirst = true
  /** Octets written and octets waiting, which come behind them. */
  #written = 0
  #waiting: Buffer[] = []
  #waitingOctets = 0

  constructor(file: FileHandle, { uidValidity, uidNext }: MailboxRow, keywords: readonly string[]) {
    this.#file = file
    const last = String(uidNext - 1).padStart(10, '0')
    this.#base = `X-IMAPbase: ${[uidValidity, last, ...keywords].join(' ')}\n`
  }

  async write(messages: readonly Outgoing[], tell: (uid: number, problem: string) => void): Promise<Written> {
    let failed = 0
    for (const message of messages) {
      const start = this.#written + this.#waitingOctets
      const wasFirst = this.#isFirst
      try {
        await this.#message(message)
      } catch (error) {
        if (!(error instanceof StoreFault)) throw error
        failed += 1
        tell(message.uid, error.message)
        this.#isFirst = wasFirst
        await this.#rewind(start)
      }
    }
    return { before: 0, failed }
  }

  async finish(): Promise<void> {
    await this.#flush()
    await this.#file.sync()
  }

  close(): Promise<void> {
    return this.#file.close()
  }

  async #message({ flags, keywords, uid, receivedAt, zone, body }: Outgoing): Promise<void> {
    const base = this.#isFirst ? this.#base : ''
    this.#isFirst = false
    await this.#put(
      Buffer.from(`${fromLine(SENDER, receivedAt, zone)}\n${base}${markLines(flags, keywords, uid)}`, 'latin1'),
    )
    const lines = new MboxLines()
    for await (const chunk of body()) await this.#put(lines.push(chunk))
    await this.#put(lines.end())
    await this.#put(Buffer.from('\n'))
  }

  async #put(bytes: Buffer): Promise<void> {
    this.#waiting.push(bytes)
    this.#waitingOctets += bytes.length
    if (this.#waitingOctets >= BUFFER_OCTETS) await this.#flush()
  }

  async #flush(): Promise<void> {
    const bytes = Buffer.concat(this.#waiting)
    this.#waiting = []
    this.#waitingOctets = 0
    for (let at = 0; at < bytes.length; ) {
      at += (await this.#file.write(bytes, at, bytes.length - at, this.#written + at)).bytesWritten
    }
    this.#written += bytes.length
  }

  /** Takes back a message that could not be read to its end. */
  async #rewind(to: number): Promise<void> {
    await this.#flush()
    await this.#file.truncate(to)
    this.#written = to
  }
}
