import { createHash, randomBytes } from 'node:crypto'
import { type FileHandle, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { StoreFault } from '#base/errors.ts'
import type { BlobStage, StagedBlob } from '#ports/blobs.ts'
import { ioFault } from './io-fault.ts'
import { encodeHeader, Form, HEADER_OCTETS } from './record.ts'

/** Bodies up to this size wait in memory and go into a segment; larger ones go straight to a file of their own. */
export const SMALL_OCTETS = 256 * 1024

/** What a `StagedBlob` of this store holds. */
export type Staged = { readonly digest: Uint8Array; taken: boolean } & (
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array; readonly crc: number }
  | { readonly kind: 'file'; readonly path: string }
)

/** A body on its way in. `directory` is where large ones are written; null keeps all in memory. */
export class Stage implements BlobStage {
  readonly #directory: string | null
  readonly #hash = createHash('sha256')
  #chunks: Buffer[] = []
  #crc = 0
  #octets = 0
  #file: { readonly path: string; readonly handle: FileHandle } | null = null
  #staged: Staged | null = null
  #given = false

  constructor(directory: string | null) {
    this.#directory = directory
  }

  write(chunk: Uint8Array): void | Promise<void> {
    this.#requireOpen()
    this.#hash.update(chunk)
    this.#crc = crc32(chunk, this.#crc)
    this.#octets += chunk.length
    if (this.#file === null && (this.#directory === null || this.#octets <= SMALL_OCTETS)) {
      this.#chunks.push(Buffer.from(chunk))
      return
    }
    return this.#spill(chunk)
  }

  async finish(): Promise<StagedBlob> {
    this.#requireOpen()
    const digest = Uint8Array.from(this.#hash.digest())
    if (this.#file === null) {
      // Memory of its own: a view into a pool would take the pool along to the writer's thread.
      const bytes = new Uint8Array(this.#octets)
      let at = 0
      for (const chunk of this.#chunks) {
        bytes.set(chunk, at)
        at += chunk.length
      }
      this.#staged = { kind: 'bytes', bytes, crc: this.#crc, digest, taken: false }
    } else {
      const { handle, path } = this.#file
      const octets = this.#octets
      const header = encodeHeader({ form: Form.raw, stored: octets, crc: this.#crc, octets, digest })
      try {
        await writeAll(handle, header, 0)
        await handle.datasync()
      } catch (error) {
        await this.discard()
        throw ioFault(error, 'a large body')
      }
      await handle.close()
      this.#staged = { kind: 'file', path, digest, taken: false }
    }
    this.#chunks = []
    return { octets: this.#octets, staged: this.#staged }
  }

  async discard(): Promise<void> {
    if (this.#given) return
    this.#given = true
    this.#chunks = []
    if (this.#file === null || this.#staged?.taken === true) return
    if (this.#staged === null) await this.#file.handle.close().catch(() => {})
    await rm(this.#file.path, { force: true })
  }

  /** A stage that was finished, discarded or has failed takes nothing more. */
  #requireOpen(): void {
    if (this.#given || this.#staged !== null) throw new StoreFault('unavailable', 'the staged body was closed')
  }

  async #spill(chunk: Uint8Array): Promise<void> {
    try {
      if (this.#file === null) {
        const path = join(this.#directory!, randomBytes(16).toString('hex'))
        this.#file = { path, handle: await open(path, 'wx', 0o600) }
        let at = HEADER_OCTETS
        for (const early of this.#chunks) {
          await writeAll(this.#file.handle, early, at)
          at += early.length
        }
        this.#chunks = []
      }
      await writeAll(this.#file.handle, chunk, HEADER_OCTETS + this.#octets - chunk.length)
    } catch (error) {
      await this.discard()
      throw ioFault(error, 'a large body')
    }
  }
}

async function writeAll(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    at += (await handle.write(bytes, at, bytes.length - at, position + at)).bytesWritten
  }
}

/** @throws {StoreFault} `missing` for a blob that another store staged */
export function stagedOf(blob: StagedBlob): Staged {
  const staged = blob.staged as Partial<Staged> | null
  if (staged === null || typeof staged !== 'object' || (staged.kind !== 'bytes' && staged.kind !== 'file')) {
    throw new StoreFault('missing', 'the body was staged by another store')
  }
  return staged as Staged
}
