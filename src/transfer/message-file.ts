import { open, rename, rm, utimes } from 'node:fs/promises'
import { asBuffer } from '#base/bytes.ts'

const LF = 10
const CR = 13

/**
 * Writes one message into `draft` and names it when it is durable. `lineFeeds`: line ends become LF, unless the message has other ones that
 * could then not be told apart. Answers the octets of the file.
 */
export async function writeMessageFile(
  draft: string,
  body: () => AsyncIterable<Uint8Array>,
  nameOf: (octets: number) => string,
  { lineFeeds, modifiedAt }: { readonly lineFeeds: boolean; readonly modifiedAt: number | null },
): Promise<string> {
  const file = await open(draft, 'w', 0o600)
  let octets: number | null
  try {
    octets = lineFeeds ? await write(file, body(), new LineFeeds()) : await write(file, body(), null)
    if (octets === null) {
      await file.truncate(0)
      octets = (await write(file, body(), null))!
    }
    await file.datasync()
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  } finally {
    await file.close()
  }
  if (modifiedAt !== null) await utimes(draft, modifiedAt / 1000, modifiedAt / 1000)
  const name = nameOf(octets)
  await rename(draft, name)
  return name
}

type File = Awaited<ReturnType<typeof open>>

/** null when the line ends cannot be changed and changed back. */
async function write(file: File, body: AsyncIterable<Uint8Array>, lines: LineFeeds | null): Promise<number | null> {
  let octets = 0
  const put = async (bytes: Uint8Array) => {
    for (let at = 0; at < bytes.length; ) {
      at += (await file.write(bytes, at, bytes.length - at, octets + at)).bytesWritten
    }
    octets += bytes.length
  }
  for await (const chunk of body) {
    await put(lines === null ? chunk : lines.push(asBuffer(chunk)))
    if (lines?.isReversible === false) return null
  }
  if (lines !== null) await put(lines.end())
  return octets
}

/** CRLF to LF. */
export class LineFeeds {
  isReversible = true
  #heldCr = false
  #last = 0

  push(chunk: Buffer): Buffer {
    const buffer = this.#heldCr ? Buffer.concat([Buffer.of(CR), chunk]) : chunk
    this.#heldCr = false
    const out = Buffer.allocUnsafe(buffer.length)
    let to = 0
    let at = 0
    for (let lf = buffer.indexOf(LF); lf >= 0; lf = buffer.indexOf(LF, at)) {
      const before = lf > at ? buffer[lf - 1] : this.#last
      // What comes back from a line feed is CRLF, whatever it was; and CR CR LF would come back as CRLF.
      if (before !== CR || lf === at || (lf - 2 >= at ? buffer[lf - 2] : this.#last) === CR) this.isReversible = false
      to += buffer.copy(out, to, at, lf > at && before === CR ? lf - 1 : lf)
      out[to++] = LF
      this.#last = LF
      at = lf + 1
    }
    const end = buffer[buffer.length - 1] === CR && buffer.length > at ? buffer.length - 1 : buffer.length
    this.#heldCr = end < buffer.length
    to += buffer.copy(out, to, at, end)
    if (end > at) this.#last = buffer[end - 1]!
    return out.subarray(0, to)
  }

  end(): Buffer {
    return this.#heldCr ? Buffer.of(CR) : Buffer.alloc(0)
  }
}
