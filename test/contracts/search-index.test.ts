import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openIndexWriter } from '#drivers/fts/index-writer.ts'
import { openSearchIndex } from '#drivers/fts/search-index.ts'
import type { IndexWriter, SearchIndex } from '#ports/search-index.ts'
import { FakeFeed, type IndexUnderTest, searchIndexContract } from './search-index.ts'

searchIndexContract('files', openFiles)

function openFiles(): IndexUnderTest {
  const root = mkdtempSync(join(tmpdir(), 'rookery-index-'))
  mkdirSync(join(root, 'shards', '00'), { recursive: true })
  const feed = new FakeFeed()
  const opened: (IndexWriter | SearchIndex)[] = []
  return {
    feed,
    openWriter: () => openIndexWriter(root, feed),
    openIndex() {
      const index = openSearchIndex(root, feed)
      opened.push(index)
      return index
    },
    damage(seed) {
      const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
        .filter(name => name.endsWith('.seg'))
        .map(name => join(root, name))
      for (const path of files) damageFile(path, seed)
    },
    async [Symbol.asyncDispose]() {
      for (const each of opened) each.close()
      rmSync(root, { recursive: true })
    },
  }
}

/** An octet changed, the end cut off, zeros as a disk leaves them, or the file gone. */
function damageFile(path: string, seed: number): void {
  const octets = readFileSync(path)
  const at = (seed * 2_654_435_761) % statSync(path).size
  if (seed % 10 === 0) rmSync(path)
  else if (seed % 10 === 1) writeFileSync(path, octets.subarray(0, at))
  else if (seed % 10 === 2) writeFileSync(path, octets.fill(0, at, Math.min(octets.length, at + 512)))
  else {
    octets[at] = octets[at]! ^ (1 << (seed % 8))
    writeFileSync(path, octets)
  }
}
