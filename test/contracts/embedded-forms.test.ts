import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { closeSync, openSync, readdirSync, readFileSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { crc32 } from 'node:zlib'
import type { AccountId, MailboxId } from '#base/ids.ts'
import { checkStore, type EmbeddedStore, openStoreInProcess } from '#drivers/embedded/store.ts'
import { placeOf } from '#drivers/segments/layout.ts'
import { encodeHeader, Form, HEADER_OCTETS } from '#drivers/segments/record.ts'
import { trickyMail } from '#test/corpus.ts'
import { assertSound, bodyOf, directory, segmentsOf } from './data-directory.ts'
import { ALL, inboxOf, mailFor, newMessage, readAll } from './store-under-test.ts'

/** What no compression makes shorter. */
function noiseFor(octets: number, seed: number): Buffer {
  const blocks = Array.from({ length: Math.ceil(octets / 32) }, (_, i) => hash('sha256', `${seed} ${i}`, 'buffer'))
  return Buffer.concat(blocks).subarray(0, octets)
}

const contents = [0, 1, 100, 500, 4000, 20_000, 200_000, 300_000, 900_000].flatMap((octets, seed) => [
  mailFor(octets, seed),
  noiseFor(octets, seed),
])

async function filled(t: TestContext) {
  const root = await directory(t)
  const store = await openStoreInProcess(root)
  const account = await store.createAccount()
  const inbox = await inboxOf(store, account)
  for (const content of contents) await store.metadata.append(account, inbox, [await newMessage(store, { content })])
  return { root, store, account, inbox }
}

async function assertAll(store: EmbeddedStore, account: AccountId, inbox: MailboxId): Promise<void> {
  for (const [i, content] of contents.entries()) {
    assert.ok(content.equals(await bodyOf(store, account, inbox, i + 1)), `message ${i + 1} is different`)
  }
}

type Row = { id: number; blob: string; form: number; stored: number; octets: number }

function inDatabase<T>(root: string, work: (db: DatabaseSync) => T): T {
  const db = new DatabaseSync(join(root, 'shards', '00', 'metadata.sqlite'))
  try {
    return work(db)
  } finally {
    db.close()
  }
}

const rowsOf = (root: string): Row[] =>
  inDatabase(root, db => db.prepare('SELECT id, blob, form, stored, octets FROM messages ORDER BY id').all() as Row[])

/** All bodies as versions that packed nothing left them. */
function storeRaw(root: string): void {
  const shard = join(root, 'shards', '00')
  inDatabase(root, db => {
    let end = 0
    const parts: Buffer[] = []
    for (const { id, blob } of rowsOf(root)) {
      const body = contents[id - 1]!
      const digest = hash('sha256', body, 'buffer')
      const { length } = body
      const header = encodeHeader({ form: Form.raw, stored: length, crc: crc32(body), octets: length, digest })
      const record = Buffer.concat([header, body])
      const place = placeOf(blob)!
      const here = place.kind === 'large' ? blob : `0s1.${end}`
      if (place.kind === 'large') {
        writeFileSync(join(shard, 'large', place.name), record)
        db.prepare('UPDATE large_bodies SET octets = ? WHERE blob = ?').run(record.length, blob)
      } else {
        parts.push(record)
        end += record.length
      }
      db.prepare('UPDATE messages SET blob = ?, form = 0, stored = ? WHERE id = ?').run(here, record.length, id)
    }
    writeFileSync(segmentsOf(root)[0]!, Buffer.concat(parts))
    db.prepare('UPDATE segments SET octets = ?').run(end)
  })
}

test('bodies are stored in the form that is shorter, and said to be', async t => {
  const { root, store, account, inbox } = await filled(t)
  await assertAll(store, account, inbox)
  await store.close()
  const forms = rowsOf(root).map(({ form, stored, octets }) => [octets, form, stored < octets * 0.75])
  assert.deepEqual(
    forms.filter(([octets]) => octets === 4000 || octets === 900_000),
    [
      [4000, Form.packed, true],
      [4000, Form.raw, false],
      [900_000, Form.packed, true],
      [900_000, Form.packed, false],
    ],
  )
  for (const { stored, octets } of rowsOf(root)) assert.ok(stored <= octets + 200)
  await assertSound(root)
})

test('bodies of earlier versions are read beside new ones, and packed when they move', async t => {
  const { root, store, account, inbox } = await filled(t)
  await store.close()
  storeRaw(root)
  await assertSound(root)
  const again = await openStoreInProcess(root)
  await assertAll(again, account, inbox)
  const more = mailFor(3000, 77)
  const { uids } = await again.metadata.append(account, inbox, [await newMessage(again, { content: more })])
  await again.maintain({ safeMs: 0, graceMs: 0, liveShare: 2 })
  await again.maintain({ safeMs: 0, graceMs: 0, liveShare: 2 })
  await assertAll(again, account, inbox)
  assert.ok(more.equals(await bodyOf(again, account, inbox, uids[0]!)))
  await again.close()
  const small = rowsOf(root).filter(({ blob }) => blob.includes('s'))
  assert.ok(small.some(({ form }) => form === Form.packed) && small.some(({ form }) => form === Form.raw))
  assert.ok(small.every(({ blob }) => !blob.startsWith('0s1.')))
  await assertSound(root)
})

test('a body that comes out different is told by check', async t => {
  const { root, store } = await filled(t)
  await store.close()
  // Only the second half: the first is in the record too.
  inDatabase(root, db =>
    db.exec(`UPDATE messages SET digest = CAST(substr(digest, 1, 31) || x'00' AS BLOB) WHERE id IN (9, 17)`),
  )
  assert.deepEqual(
    (await checkStore(root)).faults.map(({ fault, where }) => [fault, where.message]),
    [9, 17].map(message => ['a body is corrupt', message]),
  )
})

test('damage inside a packed body is told by the range that meets it, and by check', async t => {
  const { root, store, account, inbox } = await filled(t)
  await store.close()
  const flip = (path: string, at: number) => {
    const bytes = readFileSync(path)
    const fd = openSync(path, 'r+')
    writeSync(fd, Buffer.of(bytes[at]! ^ 1), 0, 1, at)
    closeSync(fd)
  }
  const rows = rowsOf(root)
  const large = rows.length - 1
  const packed = rows.findIndex(({ form, blob }) => form === Form.packed && blob.includes('s')) + 1
  const at = placeOf(rows[packed - 1]!.blob)
  assert.ok(at?.kind === 'segment')
  flip(segmentsOf(root)[0]!, at.offset + HEADER_OCTETS + 20)
  const file = placeOf(rows[large - 1]!.blob)
  assert.ok(file?.kind === 'large')
  flip(join(root, 'shards', '00', 'large', file.name), HEADER_OCTETS + 20)
  const again = await openStoreInProcess(root)
  const corrupt = { name: 'StoreFault', failure: 'corrupt' }
  await assert.rejects(bodyOf(again, account, inbox, packed), corrupt)
  const [row] = await again.metadata.messages(account, inbox, Uint32Array.of(large))
  await assert.rejects(async () => again.blobs.read(row!.blob, 0, 200_000), corrupt)
  const sound = Buffer.from(await again.blobs.read(row!.blob, 700_000, 800_000))
  assert.ok(sound.equals(contents[large - 1]!.subarray(700_000, 800_000)))
  await again.close()
  assert.deepEqual(
    (await checkStore(root)).faults.map(({ where }) => where.message),
    [packed, large],
  )
})

test('mail of odd form comes back exactly', async t => {
  const samples = trickyMail()
  if (samples === null) return t.skip('no mail to try')
  const root = await directory(t)
  const store = await openStoreInProcess(root)
  const account = await store.createAccount()
  const inbox = await inboxOf(store, account)
  const messages = await Promise.all(samples.map(({ message }) => newMessage(store, { content: message })))
  await store.metadata.append(account, inbox, messages)
  const rows = await store.metadata.messages(
    account,
    inbox,
    Uint32Array.from(samples, (_, i) => i + 1),
  )
  for (const [i, { name, message }] of samples.entries()) {
    assert.ok(message.equals(await readAll(store.blobs, rows[i]!.blob)), name)
  }
  await store.metadata.expunge(account, inbox, ALL, false)
  await store.close()
  assert.ok(readdirSync(join(root, 'staging')).length === 0)
  await assertSound(root)
})
