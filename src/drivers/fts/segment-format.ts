/**
 * A file of named sections, written once from front to back, in blocks that are compressed where that pays. Whatever is read of it is checked
 * first, block by block; after the sections come the blocks' lengths and checksums, then a directory of it all, then how long that is.
 */

export const MAGIC = Buffer.from('rookery search 1\n', 'latin1')
/** Octets of a section that are compressed and checked together: what a look at few of them costs. */
export const BLOCK = 32 * 1024
/** The same where much is read one after the other: each block costs something of its own. */
export const LONG_BLOCK = 64 * 1024
/** Shorter blocks are left as they are, and those of which more than this share would be left: unpacking costs more than reading. */
export const WORTH = 256
export const WORTH_SHARE = 0.5
/** Marks the length of a block that is compressed. */
export const COMPRESSED = 0x8000_0000
export const TRAILER = 8

/** Its first block, its length before compression, and that of its blocks. */
export type SectionPlace = { readonly block: number; readonly octets: number; readonly blockOctets: number }
export type Directory<Facts> = {
  readonly sections: Readonly<Record<string, SectionPlace>>
  readonly blocksAt: number
  readonly blocks: number
  readonly blocksSum: number
  readonly facts: Facts
}
