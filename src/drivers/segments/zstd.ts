import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { StoreFault } from '#base/errors.ts'
import { dictionaryOf } from './dictionary.ts'

/** Level 3 makes small mail 2 % smaller and takes half as long again; higher ones pay even less. */
const LEVEL = 1
/** The largest frame fits the window; small tables are quicker to set up than large ones, and setting up is half the work. */
const WINDOW_LOG = 16
const TABLE_LOG = 13

const params = {
  [constants.ZSTD_c_compressionLevel]: LEVEL,
  [constants.ZSTD_c_windowLog]: WINDOW_LOG,
  [constants.ZSTD_c_hashLog]: TABLE_LOG,
  [constants.ZSTD_c_chainLog]: TABLE_LOG,
  [constants.ZSTD_c_checksumFlag]: 1,
}

/** Room that spares the library a second buffer. */
const SLACK_OCTETS = 512

/** One zstd frame with a checksum of its content. */
export function compress(bytes: Uint8Array, dictionary: number): Buffer {
  return zstdCompressSync(bytes, { params, chunkSize: bytes.length + SLACK_OCTETS, ...withDictionary(dictionary) })
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

function withDictionary(number: number) {
  const dictionary = dictionaryOf(number)
  return dictionary === null ? {} : { dictionary }
}
