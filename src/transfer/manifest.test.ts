import assert from 'node:assert/strict'
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { addToManifest, beginManifest, MANIFEST, type MailboxLine, readManifest } from './manifest.ts'

const folder = await mkdtemp(join(tmpdir(), 'rookery-manifest-'))
after(() => rm(folder, { recursive: true }))

const heading = { rookery: 1, format: 'eml', account: 7, mailboxes: [] } as const
const line: MailboxLine = {
  path: 'A/b',
  name: 'A/b',
  role: 'sent',
  subscribed: true,
  uidValidity: 1,
  uidNext: 2,
  messages: 3,
  octets: 4,
  problems: 0,
}

test('readManifest: what was written; a line that was cut off, and lines of others, are passed over', async () => {
  await beginManifest(folder, heading)
  await addToManifest(folder, line)
  await addToManifest(folder, { ...line, path: 'odd role', role: 'boss' as never })
  await appendFile(join(folder, MANIFEST), '[]\n{"path":"x"}\n{"path":"A","na')
  const manifest = readManifest(folder)
  assert.deepEqual(manifest?.heading, heading)
  assert.deepEqual([...(manifest?.byPath ?? [])], [['A/b', line]])
})

const strangers = ['', 'text\n', '{"rookery":2,"format":"eml"}\n', '{"rookery":1,"format":"mh"}\n', 'null\n']
for (const text of strangers) {
  test(`readManifest: no list of ours: ${JSON.stringify(text)}`, async () => {
    await writeFile(join(folder, MANIFEST), text)
    assert.equal(readManifest(folder), null)
  })
}
