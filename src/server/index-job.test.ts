import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { silentLog } from '#base/log.ts'
import { openIndexWriter } from '#drivers/fts/index-writer.ts'
import { openSearchIndex } from '#drivers/fts/search-index.ts'
import { eventually } from '#test/eventually.ts'
import { type MemoryMail, openMemoryMail } from '#test/memory-mail.ts'
import { type IndexJobOptions, keepIndex } from './index-job.ts'

type Kept = {
  readonly box: MemoryMail
  readonly root: string
  start(more?: Partial<IndexJobOptions>): AbortController
  verdicts(text: string): Promise<number[] | null>
}

async function kept(work: (kept: Kept) => Promise<void>): Promise<void> {
  await using box = await openMemoryMail()
  const root = mkdtempSync(join(tmpdir(), 'rookery-index-'))
  const running: Promise<void>[] = []
  const stops: AbortController[] = []
  try {
    await work({
      box,
      root,
      start(more = {}) {
        const stop = new AbortController()
        stops.push(stop)
        const options: IndexJobOptions = {
          store: { feed: box.feed, blobs: box.mail.blobs },
          openWriter: () => openIndexWriter(root, box.feed),
          rebuildAsked: () => false,
          rebuilt: () => {},
          noteRate: () => {},
          log: silentLog,
          signal: stop.signal,
          lookMs: 5,
          ...more,
        }
        running.push(keepIndex(options))
        return stop
      },
      async verdicts(text) {
        const index = openSearchIndex(root, box.feed)
        const answer = await index.ask(
          box.mail.account,
          { columns: ['body'], text },
          Float64Array.of(1, 2, 3),
          () => undefined,
        )
        index.close()
        return answer && [...answer]
      },
    })
  } finally {
    for (const stop of stops) stop.abort()
    await Promise.all(running)
    rmSync(root, { recursive: true })
  }
}

const becomes = (expected: unknown, look: () => unknown) =>
  eventually(JSON.stringify(expected), async () => isDeepStrictEqual(await look(), expected))

const mail = (text: string) => ({ octets: `Subject: s\r\n\r\n${text}\r\n` })

test('index job: puts in what is there, then what comes', () =>
  kept(async ({ box, start, verdicts }) => {
    await box.deliver(mail('first'))
    start()
    await becomes([1, 2, 2], () => verdicts('FIRST'))
    await box.deliver(mail('second'), mail('third'))
    await becomes([0, 1, 0], () => verdicts('SECOND'))
  }))

test('index job: lets go when told, and another goes on', () =>
  kept(async ({ box, root, start, verdicts }) => {
    await box.deliver(mail('first'))
    const stop = start()
    await becomes([1, 2, 2], () => verdicts('FIRST'))
    assert.equal(openIndexWriter(root, box.feed), null)
    stop.abort()
    await becomes(true, () => {
      const writer = openIndexWriter(root, box.feed)
      writer?.close()
      return writer !== null
    })
    await box.deliver(mail('second'))
    start()
    await becomes([0, 1, 2], () => verdicts('SECOND'))
  }))

test('index job: makes it anew when asked', () =>
  kept(async ({ box, start, verdicts }) => {
    await box.deliver(mail('first'))
    let asked = false
    let rebuilt = 0
    start({
      rebuildAsked: () => asked,
      rebuilt() {
        asked = false
        rebuilt++
      },
    })
    await becomes([1, 2, 2], () => verdicts('FIRST'))
    asked = true
    await becomes(1, () => rebuilt)
    await becomes([1, 2, 2], () => verdicts('FIRST'))
  }))

test('index job: a message that cannot be read keeps no other out', () =>
  kept(async ({ box, start, verdicts }) => {
    await box.deliver(mail('first'), mail('second'), mail('third'))
    const { blobs } = box.mail
    const broken = (await box.mail.metadata.messages(box.mail.account, box.inbox, Uint32Array.of(2)))[0]!.blob.id
    start({
      store: {
        feed: box.feed,
        blobs: {
          stage: () => blobs.stage(),
          read(ref, from, to) {
            if (ref.id === broken) throw new TypeError('a bug that this message finds')
            return blobs.read(ref, from, to)
          },
        },
      },
    })
    await becomes([0, 2, 1], () => verdicts('THIRD'))
  }))
