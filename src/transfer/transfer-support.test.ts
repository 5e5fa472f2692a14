/** For the tests of this folder: mail put into an account with all its marks, and read back in a form that can be compared. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { uid } from '#base/ids.ts'
import { Ingest } from '#mail/ingest.ts'
import { splitKeywords } from '#mail/keywords.ts'
import type { Mail } from '#mail/mail.ts'
import { listNames } from '#mail/mailboxes.ts'
import { readRange } from '#ports/blobs.ts'
import type { ExportRequest, ImportRequest, Problem } from '#ports/transfer.ts'
import { openMemoryMail } from '#test/memory-mail.ts'
import { importMail } from './import.ts'

export type Letter = {
  readonly octets: Buffer
  readonly uid: number
  readonly flags: number
  readonly keywords: readonly string[]
  readonly receivedAt: number
  readonly zone: number
}

export async function put(mail: Mail, name: string, letters: readonly Letter[]): Promise<void> {
  const { id } = (await mail.metadata.mailboxNamed(mail.account, name))!
  const messages = await Promise.all(
    letters.map(async ({ octets, uid: asked, ...labels }) => {
      const ingest = new Ingest(mail)
      await ingest.write(octets)
      return { ...(await ingest.finish(labels)), uid: uid(asked) }
    }),
  )
  await mail.metadata.append(mail.account, id, messages)
}

/** All mailboxes with all they have, UIDVALIDITY aside. */
export async function snapshot(mail: Mail) {
  const names = await listNames(mail)
  return await Promise.all(
    names.map(async ({ name, subscribed, mailbox }) => {
      const letters: Letter[] = []
      if (mailbox !== null) {
        const entries = await mail.metadata.entries(mail.account, mailbox.id, 0, 100_000)
        const rows = await mail.metadata.messages(mail.account, mailbox.id, entries.uid)
        for (const [i, { blob }] of rows.entries()) {
          letters.push({
            octets: Buffer.concat(await Array.fromAsync(readRange(mail.blobs, blob, 0, blob.octets))),
            uid: entries.uid[i]!,
            flags: entries.flags[i]!,
            keywords: splitKeywords(entries.keywords[i]!),
            receivedAt: entries.receivedAt[i]!,
            zone: entries.zone[i]!,
          })
        }
      }
      return { name, role: mailbox?.role ?? null, exists: mailbox !== null, subscribed, letters }
    }),
  )
}

export const exporting = (given: Partial<ExportRequest> & Pick<ExportRequest, 'target' | 'format'>): ExportRequest => ({
  mailboxes: [],
  onProgress() {},
  onProblem() {},
  ...given,
})

/** Imports and tells the problems too. */
export async function importing(
  dataDir: string,
  mail: Mail,
  given: Partial<ImportRequest> & Pick<ImportRequest, 'path'>,
) {
  const problems: Problem[] = []
  const report = await importMail(dataDir, mail, {
    into: null,
    format: null,
    quoting: 'mboxrd',
    dryRun: false,
    again: false,
    onProgress() {},
    onProblem: problem => problems.push(problem),
    ...given,
  })
  return { report, problems }
}

test('snapshot: shows what was put', async () => {
  await using memory = await openMemoryMail()
  const letter = { octets: Buffer.from('A: b\r\n\r\n'), uid: 7, flags: 5, keywords: ['x'], receivedAt: 1234, zone: 60 }
  await put(memory.mail, 'INBOX', [letter])
  assert.deepEqual(await snapshot(memory.mail), [
    { name: 'INBOX', role: null, exists: true, subscribed: false, letters: [letter] },
  ])
})
