import { createHash } from 'node:crypto'
import { createReadStream, existsSync } from 'node:fs'
import { type FileHandle, mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DigestCounts } from './digest-counts.ts'

/**
 * What an import has brought from one source mailbox to one mailbox, so that it brings nothing twice: a file in `imports/` of the data folder,
 * JSON lines. A batch is written down before it is appended, and again when it was; so after a crash at most the last batch is in doubt, and
 * the store can be asked for it, since a batch comes as a whole or not at all. Messages are known by content, not by place: the source may
 * have been rewritten meanwhile, as mail programs do with an mbox.
 */
export class Journal implements AsyncDisposable {
  /** UIDs of the source are kept: the mailbox had never been used when the first message came. */
  readonly keepsUids: boolean
  /** null: nothing is written. */
  readonly #file: FileHandle | null
  readonly #came: DigestCounts
  #doubt: Batch | null

  private constructor(file: FileHandle | null, state: State) {
    this.#file = file
    this.keepsUids = state.keepsUids
    this.#came = state.came
    this.#doubt = state.doubt
  }

  static async open(path: string, { fresh, writes }: { fresh: boolean; writes: boolean }): Promise<Journal> {
    const known = existsSync(path) ? await read(path) : null
    const file = writes ? await open(path, 'a', 0o600) : null
    const journal = new Journal(file, known ?? { keepsUids: fresh, came: new DigestCounts(), doubt: null })
    // A line that was cut off must not swallow the next one.
    await journal.#write(known === null ? { keepsUids: fresh } : null, false)
    return journal
  }

  /** The batch of which nobody knows whether it was appended; its messages have UIDs above `after`. */
  get doubt(): Batch | null {
    return this.#doubt
  }

  async settle(came: boolean): Promise<void> {
    for (const digest of came ? (this.#doubt?.digests ?? []) : []) this.#came.add(digest)
    this.#doubt = null
    await this.end(came)
  }

  /** True when this message has come already; each that came answers for one. */
  skip(digest: Buffer): boolean {
    return this.#came.take(digest)
  }

  async begin({ after, digests }: Batch): Promise<void> {
    await this.#write({ after, digests: Buffer.concat(digests).toString('base64') }, true)
  }

  async end(came: boolean): Promise<void> {
    await this.#write({ came }, false)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file?.close()
  }

  async #write(line: object | null, durably: boolean): Promise<void> {
    await this.#file?.write(`${line === null ? '' : JSON.stringify(line)}\n`)
    if (durably) await this.#file?.datasync()
  }
}

export type Batch = { readonly after: number; readonly digests: readonly Buffer[] }

type State = { keepsUids: boolean; came: DigestCounts; doubt: Batch | null }

async function read(path: string): Promise<State> {
  const state: State = { keepsUids: false, came: new DigestCounts(), doubt: null }
  for await (const text of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
    const line = lineOf(text)
    if (line.keepsUids === true) state.keepsUids = true
    if (typeof line.after === 'number' && typeof line.digests === 'string') {
      const bytes = Buffer.from(line.digests, 'base64')
      const digests = Array.from({ length: Math.floor(bytes.length / 16) }, (_, i) =>
        bytes.subarray(i * 16, i * 16 + 16),
      )
      state.doubt = { after: line.after, digests }
    }
    if (typeof line.came === 'boolean') {
      if (line.came) for (const digest of state.doubt?.digests ?? []) state.came.add(digest)
      state.doubt = null
    }
  }
  return state
}

function lineOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const line: unknown = JSON.parse(text)
    return typeof line === 'object' && line !== null ? { ...line } : {}
  } catch {
    return {}
  }
}

/** Where the journal of a mailbox is. `source`: the real path of the source, and the mailbox in it. */
export async function journalPath(
  dataDir: string,
  { account, mailbox, source }: { account: number; mailbox: number; source: readonly string[] },
): Promise<string> {
  const folder = join(dataDir, 'imports')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const key = createHash('sha256').update(source.join('\0')).digest('hex').slice(0, 24)
  return join(folder, `${account}-${mailbox}-${key}.jsonl`)
}
