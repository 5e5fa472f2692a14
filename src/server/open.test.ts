import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { loadConfig } from '#config/load.ts'
import type { ImportRequest } from '#ports/transfer.ts'
import { importMail } from '../transfer/import.ts'
import { check, openAccount, openUsers, purge } from './open.ts'

const folder = await mkdtemp(join(tmpdir(), 'rookery-open-'))
after(() => rm(folder, { recursive: true }))

const { config } = loadConfig({
  file: undefined,
  env: {},
  flags: { data: join(folder, 'data') },
  sets: {},
  defaults: {},
})
const request: ImportRequest = {
  path: join(folder, 'in.mbox'),
  into: null,
  format: null,
  quoting: 'mboxrd',
  dryRun: false,
  again: false,
  onProgress() {},
  onProblem() {},
}

test('a data folder: mail comes in beside another process, is verified, purged, and damage is seen', async () => {
  const users = await openUsers(config)
  const { account } = await users.add('ann', 'secret').finally(() => users.close())
  const mbox = Array.from({ length: 50 }, (_, i) => `From a Thu Jan  1 00:00:07 1970\nSubject: ${i}\n\nbody ${i}\n\n`)
  await writeFile(request.path, mbox.join(''))

  const other = await openAccount(config, account)
  const mail = await openAccount(config, account)
  try {
    assert.equal((await importMail(config.data.dir, mail, request)).messages, 50)
    const inbox = (await other.metadata.mailboxNamed(account, 'INBOX'))!
    assert.equal(inbox.messages, 50, 'the other sees it')
    await other.metadata.expunge(account, inbox.id, [[1, 10]], false)
  } finally {
    await mail.close()
    await other.close()
  }
  let seen = 0
  const report = await check(config, { repair: true, onProgress: messages => (seen = messages) })
  assert.deepEqual([report.messages, report.faults, seen], [50, [], 0])
  assert.equal((await purge(config, Date.now() + 1, messages => (seen = messages))).messages, 10)
  assert.equal(seen, 10)
  assert.equal((await check(config, { repair: false, onProgress() {} })).messages, 40)

  const segments = (await readdir(config.data.dir, { recursive: true })).filter(path => /segments\/./.test(path))
  for (const path of segments) await truncate(join(config.data.dir, path), 500)
  const { faults } = await check(config, { repair: false, onProgress() {} })
  assert.ok(faults.length > 0)
  for (const { fault } of faults) assert.match(fault, /^a body is (missing|corrupt)$/)
})
