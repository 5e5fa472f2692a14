/** Many messages, many mailboxes: every command on all of them, while others want to be served. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { ImapClient } from '#test/imap-client.ts'
import { fill } from './crowd.ts'
import { Field } from './field.ts'
import { MIB } from './resident.ts'

const MESSAGES = Number(process.env.HOSTILE_MESSAGES ?? 100_000)
const MAILBOXES = Number(process.env.HOSTILE_MAILBOXES ?? 5_000)

const commands = [
  'SELECT many',
  'FETCH 1:* (FLAGS)',
  'UID FETCH 1:* (UID FLAGS RFC822.SIZE INTERNALDATE)',
  'FETCH 1:20000 (ENVELOPE BODYSTRUCTURE)',
  'SEARCH UNSEEN LARGER 10',
  'SEARCH SUBJECT "matter 77"',
  'SEARCH TEXT "matter 9999,"',
  'SORT (SUBJECT REVERSE DATE) UTF-8 ALL',
  'SORT (FROM SIZE) UTF-8 ALL',
  'THREAD REFERENCES UTF-8 ALL',
  'THREAD ORDEREDSUBJECT UTF-8 ALL',
  'STORE 1:* +FLAGS (\\Flagged)',
  'STORE 1:* +FLAGS.SILENT ($Word)',
  'COPY 1:20000 other',
  'UID MOVE 1:10000 other',
  'STORE 1:* +FLAGS.SILENT (\\Deleted)',
  'EXPUNGE',
]

test(`${MESSAGES} messages`, async t => {
  const field = await Field.open(t)
  await using client = await field.login('bad', 120_000)
  await client.ok('CREATE many')
  await client.ok('CREATE other')
  await field.survives('fill', () => fill(client, 'many', MESSAGES), { most: 400 * MIB })
  await pause(500)
  // Another device of the same user, which has to be told of everything.
  await using idler = await field.login('bad', 120_000)
  await idler.ok('SELECT many')
  await idler.idle()
  for (const command of commands) {
    await t.test(command, async () => void (await field.survives(command, () => run(client, command))))
  }
  assert.match((await client.ok('STATUS many (MESSAGES)')).untagged.map(({ text }) => text).join(), /MESSAGES 0/)
  await idler.next(/^\* 1 EXPUNGE/, 20_000)
})

async function run(client: ImapClient, command: string): Promise<void> {
  const { untagged } = await client.ok(command)
  if (/^(UID )?FETCH 1:\*/.test(command))
    assert.equal(untagged.filter(({ text }) => / FETCH \(/.test(text)).length, MESSAGES)
}

test(`${MAILBOXES} mailboxes`, async t => {
  const field = await Field.open(t)
  await using client = await field.login('bad', 120_000)
  await field.survives('creating', async () => {
    for (let from = 0; from < MAILBOXES; from += 100) {
      const names = Array.from({ length: 100 }, (_, i) => `level${Math.floor((from + i) / 50)}/box ${from + i}`)
      await Promise.all(names.map(name => client.ok(`CREATE "${name}"`)))
    }
  })
  for (const command of [
    'LIST "" "*"',
    'LIST "" "%"',
    'LIST "" "*" RETURN (SUBSCRIBED CHILDREN SPECIAL-USE STATUS (MESSAGES UIDNEXT UNSEEN SIZE))',
    'LIST (SUBSCRIBED RECURSIVEMATCH) "" "*"',
    `LIST "" "${'*%'.repeat(500)}x"`,
    `LIST "" (${Array.from({ length: 500 }, (_, i) => `level${i}/*`).join(' ')})`,
    'LSUB "" "*"',
    'RENAME level0 renamed',
  ]) {
    await t.test(
      command.slice(0, 60),
      async () => void (await field.survives(command.slice(0, 60), async () => void (await client.ok(command)))),
    )
  }
})
