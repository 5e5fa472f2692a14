import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { AccountId, MessageId } from '#base/ids.ts'
import type { IndexFeed } from '#ports/search-index.ts'
import { openIndexWriter } from './index-writer.ts'
import { accountDir } from './places.ts'
import { openSearchIndex } from './search-index.ts'

const account = 1 as AccountId
const count = 8
const ids = Float64Array.from({ length: count }, (_, i) => i + 1)
const now = () => undefined

const feed: IndexFeed = {
  shards: 1,
  shardOf: () => 0,
  messagesAfter: () => [],
  countAfter: () => 0,
  issued: () => count,
  marks: (_, messages) => Uint32Array.from(messages, message => message),
  accounts: (_, through) => new Map([[account, Math.min(count, through)]]),
}

async function withIndex(work: (root: string, directory: string) => Promise<void>): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'rookery-index-'))
  try {
    await fill(root)
    await work(root, accountDir(root, 0, account))
  } finally {
    rmSync(root, { recursive: true })
  }
}

/** A segment for each message. */
async function fill(root: string): Promise<void> {
  const writer = openIndexWriter(root, feed)!
  for (const message of ids) {
    const id = message as MessageId
    writer
      .add({
        account,
        message: id,
        mark: id,
        blob: { id: '', octets: 0 },
        headerOctets: 0,
        subject: '',
        messageId: '',
        structure: null as never,
      })
      .text('body', `WORD${message} EVERYWHERE`)
    await writer.flush(0, message)
  }
  writer.close()
}

async function finds(root: string, text: string): Promise<number[]> {
  const index = openSearchIndex(root, feed)
  const verdicts = await index.ask(account, { columns: ['body'], text }, ids, now)
  index.close()
  return [...(verdicts ?? [])]
}

const all = (verdict: number) => Array<number>(count).fill(verdict)

async function tidied(root: string): Promise<void> {
  const writer = openIndexWriter(root, feed)!
  while (await writer.tidy(now, true));
  writer.close()
}

test('index: a join that was killed before it removed what it joined', () =>
  withIndex(async (root, directory) => {
    cpSync(directory, join(root, 'parts'), { recursive: true })
    await tidied(root)
    const joined = readdirSync(directory)
    assert.ok(joined.length < count / 2)
    cpSync(join(root, 'parts'), directory, { recursive: true })
    assert.deepEqual(await finds(root, 'EVERYWHERE'), all(1))
    assert.deepEqual(await finds(root, 'WORD3'), [0, 0, 1, 0, 0, 0, 0, 0])
    await tidied(root)
    assert.deepEqual(readdirSync(directory), joined)
  }))

test('index: a file that was being written when its writer was killed', () =>
  withIndex(async (root, directory) => {
    writeFileSync(join(directory, '8-9.seg.4711.draft'), 'the beginning of')
    assert.deepEqual(await finds(root, 'EVERYWHERE'), all(1))
    await tidied(root)
    assert.deepEqual(
      readdirSync(directory).filter(name => name.endsWith('.draft')),
      [],
    )
  }))

test('index: a segment in the middle that a power cut took', () =>
  withIndex(async (root, directory) => {
    rmSync(join(directory, '3-4.seg'))
    assert.deepEqual(await finds(root, 'EVERYWHERE'), [1, 1, 1, 2, 1, 1, 1, 1])
    const writer = openIndexWriter(root, feed)!
    assert.deepEqual(await writer.verify(now), new Map([[account, 3]]))
    writer.close()
    assert.deepEqual(await finds(root, 'EVERYWHERE'), [1, 1, 1, 2, 2, 2, 2, 2])
  }))

test('index: a flush that wrote some accounts and not others', () =>
  withIndex(async root => {
    const other = 2 as AccountId
    const both: IndexFeed = {
      ...feed,
      accounts: (_, through) =>
        new Map([
          [account, through],
          [other, Math.min(5, through)],
        ]),
    }
    const writer = openIndexWriter(root, both)!
    assert.equal(writer.through(0), count)
    assert.deepEqual(await writer.verify(now), new Map([[other, 0]]))
    writer.close()
  }))
