import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { StoreFault } from '#base/errors.ts'
import { dictionaryOf } from './dictionary.ts'

/**
 * How hard to try: `first` for the first frame of a body, which with small mail is all of it, `later` for the others. Of the time that a small
 * frame takes half goes into setting up, and small tables are quicker to set up than large ones.
 */
const settings = { first: { level: 1, windowLog: 15, tableLog: 13 }, later: { level: 3, windowLog: 16, tableLog: 14 } }
export type Effort = keyof typeof settings

const paramsFor = ({ level, windowLog, tableLog }: (typeof settings)[Effort]) => ({
  [constants.ZSTD_c_compressionLevel]: level,
  [constants.ZSTD_c_windowLog]: windowLog,
  [constants.ZSTD_c_hashLog]: tableLog,
  [constants.ZSTD_c_chainLog]: tableLog,
  [constants.ZSTD_c_checksumFlag]: 1,
})
const params = { first: paramsFor(settings.first), later: paramsFor(settings.later) }

/** Room that spares the library a second buffer. */
const SLACK_OCTETS = 512

/** One zstd frame with a checksum of its content. */
export function compress(bytes: Uint8Array, effort: Effort, dictionary: number): Buffer {
  // Mail mostly shrinks to less than half; when it does not, the library takes a second buffer.
  const chunkSize = (bytes.length >> 1) + SLACK_OCTETS
  return zstdCompressSync(bytes, { params: params[effort], chunkSize, ...withDictionary(dictionary) })
}

/** @throws {StoreFault} `corrupt` unless there come out exactly `octets` */
export function decompress(bytes: Uint8Array, octets: number, dictionary: number): Buffer {
  const options = { chunkSize: octets + SLACK_OCTETS, maxOutputLength: octets + SLACK_OCTETS }
  let out: Buffer
  try {
    out = zstdDecompressSync(bytes, { ...options, ...withDictionary(dictionary) })
  } catch (error) {
    throw new StoreFault('corrupt', 'a stored body cannot be decompressed', { cause: error })
  }
  if (out.length !== octets) throw new StoreFault('corrupt', 'a stored body has another length than its index says')
  return out
}

/**
 * What several frames hold, in one call: one frame may follow another (RFC 8878 §3), and setting up takes longer than a small frame.
 * @throws {StoreFault} `corrupt` unless all of it comes out
 */
export function decompressAll(
  frames: readonly { readonly stored: Uint8Array; readonly octets: number }[],
  dictionary: number,
): Uint8Array[] {
  const total = frames.reduce((sum, { octets }) => sum + octets, 0)
  const all = decompress(Buffer.concat(frames.map(({ stored }) => stored)), total, dictionary)
  let end = 0
  return frames.map(({ octets }) => {
    end += octets
    return all.subarray(end - octets, end)
  })
}

function withDictionary(number: number) {
  const dictionary = dictionaryOf(number)
  return dictionary === null ? {} : { dictionary }
}
