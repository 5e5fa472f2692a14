import { asBuffer } from '#base/bytes.ts'
import type { Connection } from '#net/connection.ts'
import { DotDecoder } from './dot-decoder.ts'

/** The sender went away, or said nothing for too long. Nobody is there to be answered. */
export class Gone extends Error {
  override readonly name = 'Gone'
}

const LF = 10
const NOTHING = Buffer.alloc(0)

/** A connection's octets as lines and messages. */
export class LmtpInput {
  readonly #connection: Pick<Connection, 'read'>
  #rest: Buffer = NOTHING

  constructor(connection: Pick<Connection, 'read'>) {
    this.#connection = connection
  }

  /** True when the next line, or its beginning, is there already. */
  get waiting(): boolean {
    return this.#rest.length > 0
  }

  /** The next line without its end; null when it has more than `most` octets, after which nothing may be read. @throws {Gone} */
  async line(most: number): Promise<string | null> {
    let line = ''
    for (;;) {
      const chunk = await this.#chunk()
      const lf = chunk.indexOf(LF)
      const end = lf < 0 ? chunk.length : lf
      if (line.length + end > most) return null
      line += chunk.toString('latin1', 0, end)
      if (lf < 0) continue
      this.#rest = chunk.subarray(lf + 1)
      return decoded(line.endsWith('\r') ? line.slice(0, -1) : line)
    }
  }

  /** The message behind DATA. @throws {Gone} */
  async *message(): AsyncGenerator<Uint8Array> {
    const decoder = new DotDecoder()
    for (;;) {
      const { pieces, rest } = decoder.decode(await this.#chunk())
      if (rest) this.#rest = asBuffer(rest)
      yield* pieces
      if (rest) return
    }
  }

  /** So many octets. @throws {Gone} */
  async *octets(count: number): AsyncGenerator<Uint8Array> {
    for (let left = count; left > 0; ) {
      const chunk = await this.#chunk()
      this.#rest = chunk.subarray(left)
      yield chunk.subarray(0, left)
      left -= chunk.length
    }
  }

  /** What is there, at least one octet; taken. */
  async #chunk(): Promise<Buffer> {
    while (this.#rest.length === 0) {
      const chunk = await this.#connection.read()
      if (chunk === null) throw new Gone()
      this.#rest = asBuffer(chunk)
    }
    const chunk = this.#rest
    this.#rest = NOTHING
    return chunk
  }
}

/** Addresses are UTF-8. RFC 6531 §3.3 */
const decoded = (octets: string): string => Buffer.from(octets, 'latin1').toString('utf8')
