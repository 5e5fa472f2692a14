/** Names a stored body for ever. Made by the store, says nothing of the content; copying mail copies refs, never bytes. */
export type BlobRef = { readonly id: string; readonly octets: number }

/** A body that is complete but not yet promised. Only the store that staged it can read what is inside. */
export type StagedBlob = { readonly octets: number; readonly staged: unknown }

/**
 * Message bodies as bytes. Knows nothing of mailboxes, flags or accounts.
 * Every driver must pass the suite in test/contracts/blobs.ts.
 */
export interface BlobStore {
  /**
   * Begins a body. Nothing of it is visible, or survives a crash, until a metadata intent that names the staged blob has resolved;
   * then it survives a power cut. A staged blob that no intent takes is discarded with `discard`, or by the store's next recovery.
   */
  stage(): BlobStage

  /**
   * Reads octets `start` (inclusive, from 0) to `end` (exclusive). A range past the end yields what there is. May answer without
   * a promise: callers that read thousands of small ranges await only promises. Ask for at most 256 KiB at a time. The octets are
   * only lent: others may be given the same memory.
   * @throws {StoreFault} `missing` for unknown refs, `corrupt` when the stored record fails its checksum
   */
  read(ref: BlobRef, start: number, end: number): Uint8Array | Promise<Uint8Array>

  /**
   * Says that these will mostly be read next, in this order, so that the store may read together what lies together. Takes the place of what was
   * said before; changes no answer. A store that cannot use it does without.
   */
  expect?(refs: readonly BlobRef[]): void
}

export interface BlobStage {
  /** Adds octets; the chunk may be reused by the caller once the answer is there. Await a promise before the next call: that is back-pressure. */
  write(chunk: Uint8Array): void | Promise<void>
  /** No more octets. */
  finish(): Promise<StagedBlob>
  /** Gives the octets up. Twice, or after an intent took the blob, does nothing. */
  discard(): Promise<void>
}

/** Largest range that one `read` should ask for, octets. */
export const READ_OCTETS = 256 * 1024

/** Reads a range of any length, page by page. */
export async function* readRange(
  blobs: BlobStore,
  ref: BlobRef,
  start: number,
  end: number,
): AsyncIterable<Uint8Array> {
  for (let at = start; at < end; at += READ_OCTETS) {
    const chunk = await blobs.read(ref, at, Math.min(end, at + READ_OCTETS))
    if (chunk.length === 0) return
    yield chunk
  }
}
