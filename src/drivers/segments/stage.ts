import { createHash, randomBytes } from 'node:crypto'
import { type FileHandle, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { StoreFault } from '#base/errors.ts'
import type { BlobStage, StagedBlob } from '#ports/blobs.ts'
import { ioFault } from './io-fault.ts'
import { Packer, pack } from './packer.ts'
import { encodeHeader, Form, HEADER_OCTETS } from './record.ts'

/** Bodies up to this size wait in memory and go into a segment; larger ones go straight to a file of their own. */
export const SMALL_OCTETS = 256 * 1024

/** What a `StagedBlob` of this store holds. */
export type Staged = { readonly form: Form; readonly digest: Uint8Array; taken: boolean } & (
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array; readonly crc: number }
  | { readonly kind: 'file'; readonly path: string; readonly stored: number }
)

/** A large body is packed as it comes in. `stored`, `crc`: of what the file has behind the header. */
type Spilled = {
  readonly path: string
  readonly handle: FileHandle
  readonly packer: Packer
  stored: number
  crc: number
}

/** A body on its way in. `directory` is where large ones are written; null keeps all in memory, as it is. */
export class Stage implements BlobStage {
  readonly #directory: string | null
  readonly #hash = createHash('sha256')
  #chunks: Buffer[] = []
  #octets = 0
  #file: Spilled | null = null
  #staged: Staged | null = null
  #given = false

  constructor(directory: string | null) {
    this.#directory = directory
  }

  write(chunk: Uint8Array): void | Promise<void> {
    this.#requireOpen()
    this.#hash.update(chunk)
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
    this.#staged = this.#file === null ? this.#inMemory(digest) : await this.#inFile(this.#file, digest)
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

  #inMemory(digest: Uint8Array): Staged {
    const body = Buffer.concat(this.#chunks)
    const packed = this.#directory === null ? null : pack(body)
    const form = packed === null ? Form.raw : Form.packed
    // Memory of its own: a view into a pool would take the pool along to the writer's thread.
    const bytes = packed ?? Uint8Array.from(body)
    return { kind: 'bytes', form, bytes, crc: crc32(bytes), digest, taken: false }
  }

  async #inFile(file: Spilled, digest: Uint8Array): Promise<Staged> {
    try {
      for (const part of file.packer.finish()) await append(file, part)
      const { stored, crc } = file
      await writeAll(file.handle, encodeHeader({ form: Form.packed, stored, crc, octets: this.#octets, digest }), 0)
      await file.handle.datasync()
    } catch (error) {
      await this.discard()
      throw ioFault(error, 'a large body')
    }
    await file.handle.close()
    return { kind: 'file', form: Form.packed, path: file.path, stored: file.stored, digest, taken: false }
  }

  /** A stage that was finished, discarded or has failed takes nothing more. */
  #requireOpen(): void {
    if (this.#given || this.#staged !== null) throw new StoreFault('unavailable', 'the staged body was closed')
  }

  async #spill(chunk: Uint8Array): Promise<void> {
    try {
      if (this.#file === null) {
        const path = join(this.#directory!, randomBytes(16).toString('hex'))
        const handle = await open(path, 'wx', 0o600)
        this.#file = { path, handle, packer: new Packer(), stored: 0, crc: 0 }
        const early = this.#chunks
        this.#chunks = []
        for (const held of early) await pass(this.#file, held)
      }
      await pass(this.#file, Buffer.from(chunk))
    } catch (error) {
      await this.discard()
      throw ioFault(error, 'a large body')
    }
  }
}

async function pass(file: Spilled, chunk: Buffer): Promise<void> {
  for (const part of file.packer.write(chunk)) await append(file, part)
}

async function append(file: Spilled, part: Uint8Array): Promise<void> {
  const at = HEADER_OCTETS + file.stored
  file.stored += part.length
  file.crc = crc32(part, file.crc)
  await writeAll(file.handle, part, at)
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
