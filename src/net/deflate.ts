/**
 * COMPRESS=DEFLATE for one connection. RFC 4978, RFC 1951
 *
 * Out: every batch is compressed by itself, with a sync flush and without the history of earlier ones. That costs some ratio on short answers
 * (which a packet's header outweighs anyway) and nothing on long ones, and an idle connection keeps no compressor (256 KiB at zlib's defaults).
 * In: the client's stream has one history (up to 32 KiB), so there the state stays.
 */
import { createInflateRaw, deflateRawSync, type InflateRaw, constants as zlib } from 'node:zlib'

/** Mail compresses nearly as well as at 6, in a third of the time: 64 KiB stay well under the 5 ms that work on the loop may take. */
const LEVEL = 3
/** Batches up to here get a compressor of 20 KiB in place of 256 KiB; their window holds all of them. */
const SMALL_OCTETS = 4096

const CHUNK_OCTETS = 64 * 1024

/** One batch, ending on an octet boundary: what was written so far can be read so far. */
export function deflateBatch(batch: Uint8Array): Buffer {
  const small = batch.length <= SMALL_OCTETS
  return deflateRawSync(batch, {
    level: LEVEL,
    windowBits: small ? 12 : 15,
    memLevel: small ? 3 : 8,
    // What comes out in one piece need not be put together.
    chunkSize: small ? SMALL_OCTETS : CHUNK_OCTETS,
    finishFlush: zlib.Z_SYNC_FLUSH,
  })
}

/** Yields what it can of each chunk at once; a stream that just stops is no error, since clients close without ending it. */
export function makeInflate(): InflateRaw {
  return createInflateRaw({ flush: zlib.Z_SYNC_FLUSH, finishFlush: zlib.Z_SYNC_FLUSH, chunkSize: 8 * 1024 })
}
