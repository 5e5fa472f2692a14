/** Mail bombs: taken in, shown whole, searched, sorted and threaded. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deliver } from '#test/lmtp.ts'
import { bombs } from './bombs.ts'
import { Field } from './field.ts'
import { MIB } from './resident.ts'

/** Longest that any one command on one of them may take, milliseconds. */
const LONGEST_MS = 4_000

const questions = [
  'FETCH 1:* (FLAGS UID RFC822.SIZE INTERNALDATE)',
  'FETCH 1:* (ENVELOPE)',
  'FETCH 1:* (BODYSTRUCTURE)',
  'FETCH 1:* (BODY PREVIEW)',
  'FETCH 1:* (BODY.PEEK[HEADER])',
  'FETCH 1:* (BODY.PEEK[HEADER.FIELDS (SUBJECT TO X-FIELD-99999)])',
  'FETCH 1:* (BODY.PEEK[1.1.1.1.1.1.1.1.1.MIME])',
  `FETCH 1:* (BODY.PEEK[${'1.'.repeat(2_000)}1])`,
  'FETCH 1:* (BODY.PEEK[99999] BODY.PEEK[10000])',
  'FETCH 1:* (BINARY.PEEK[1]<0.100>)',
  'FETCH 1:* (BINARY.SIZE[1])',
  'SEARCH TEXT nowhere-to-be-found',
  'SEARCH BODY AAAA',
  'SEARCH HEADER X-Field-99999 v',
  'SEARCH SUBJECT \u00e9 TO u999999@ OR CC x NOT FROM y',
  'SORT (SUBJECT DATE FROM TO CC SIZE) UTF-8 ALL',
  'SORT (DISPLAYFROM DISPLAYTO) UTF-8 ALL',
  'THREAD REFERENCES UTF-8 ALL',
  'THREAD ORDEREDSUBJECT UTF-8 ALL',
]

test('mail bombs', async t => {
  const field = await Field.open(t)
  for (const [i, [name, make]] of Object.entries(bombs).entries()) {
    await t.test(name, async () => {
      const mailbox = `bomb${i}`
      const bomb = Buffer.from(make(), 'latin1')
      await using client = await field.login()
      await client.ok(`CREATE ${mailbox}`)
      await client.ok(`SELECT ${mailbox}`)
      let slowest = { ms: 0, command: '' }
      await field.survives(`${name}, ${(bomb.length / MIB).toFixed(1)} MiB`, async () => {
        const timed = async (command: string, ...pieces: readonly Uint8Array[]) => {
          const from = performance.now()
          const outcome = await client.command(command, ...pieces)
          const ms = performance.now() - from
          if (ms > slowest.ms) slowest = { ms, command }
          // An encoding that is not known is the one thing that may be refused.
          if (!outcome.text.startsWith('[UNKNOWN-CTE]'))
            assert.equal(outcome.status, 'OK', `${command.slice(0, 80)}: ${outcome.text}`)
          assert.ok(ms < LONGEST_MS, `${command.slice(0, 80)} took ${ms.toFixed(0)} ms`)
        }
        await timed(`APPEND ${mailbox} `, bomb)
        await timed('NOOP')
        for (const question of questions) await timed(Buffer.from(question, 'utf8').toString('latin1'))
        const [size] = (await client.ok('FETCH 1 RFC822.SIZE')).untagged.map(({ text }) =>
          Number(/SIZE (\d+)/.exec(text)?.[1]),
        )
        const whole = (await client.ok('FETCH 1 BODY.PEEK[]')).untagged[0]?.literals[0]
        assert.equal(whole?.length, size)
        assert.ok(whole?.equals(bomb))
        assert.match(
          (await deliver({ port: field.server.ports.lmtp, to: ['bad@localhost'], message: bomb }))[0]!,
          /^[25]/,
        )
      })
      t.diagnostic(`${name}: slowest ${slowest.ms.toFixed(0)} ms, ${slowest.command.slice(0, 60)}`)
      await client.ok('UNSELECT')
      await client.ok(`DELETE ${mailbox}`)
    })
  }
})
