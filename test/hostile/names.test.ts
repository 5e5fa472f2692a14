/** Mailbox names of every nasty form: confined, refused or kept as they are, and never more than a name. */
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Field } from './field.ts'

const nul = Buffer.from([0x61, 0, 0x62])

/** True: may be created. */
const names: readonly (readonly [what: string, name: string | Buffer, good: boolean])[] = [
  ['one level up', '../other', false],
  ['up from below', 'a/../../other', false],
  ['the folder itself', './a', false],
  ['a root', '/etc/passwd', false],
  ['a drive', 'C:\\\\windows\\\\system32', true],
  ['an escape that is none', 'C:\\windows', false],
  ['backslashes up', '..\\\\..\\\\other', true],
  ['dots that mean nothing', '...', true],
  ['Maildir dots', '.a.b.', true],
  ['an encoded dot', '%2e%2e%2fother', false],
  ['NUL', nul, false],
  ['CR and LF', Buffer.from('a\r\n* BYE'), false],
  ['escape codes', Buffer.from('\x1b[2Ja'), false],
  ['DEL', Buffer.from('a\x7f'), false],
  ['C1 controls', Buffer.from('a\u0085b'), false],
  ['a line separator', Buffer.from('a\u2028b'), false],
  ['modified UTF-7 of a control', '&AAA-', false],
  ['modified UTF-7 of a slash', '&AC8-etc', false],
  ['modified UTF-7 of ASCII', '&AGEAYgBj-', false],
  ['modified UTF-7 that breaks off', '&AGE', false],
  ['half a surrogate', '&2AA-', false],
  ['octets that are not UTF-8', Buffer.from([0x61, 0xff, 0xfe]), false],
  ['an overlong slash', Buffer.from([0x2e, 0x2e, 0xc0, 0xaf]), false],
  ['right-to-left override', Buffer.from('abc\u202etxt.exe'), true],
  ['a zero-width name', Buffer.from('\u200b'), true],
  ['composed and decomposed', Buffer.from('e\u0301te\u0301'), true],
  ['quotes', 'a\\"b', true],
  ['a namespace', '#shared/x', false],
  ['wildcards', 'a*b', false],
  ['another wildcard', 'a%b', false],
  ['empty levels', 'a//b', false],
  ['only slashes', '///', false],
  ['nothing', '', false],
  ['INBOX below', 'inbox/x', true],
  ['SQL', "x'; DROP TABLE mailboxes; --", true],
  ['a format', '%s%n%x', false],
  ['a response', 'a] OK [ALERT', true],
  ['a literal', 'a {10}', true],
  ['braces', Buffer.from('\u0024{jndi:ldap:x}'), true],
  ['too long', 'n'.repeat(1025), false],
  ['as long as may be', 'n'.repeat(1024), true],
  ['too deep', Array(65).fill('d').join('/'), false],
  ['as deep as may be', Array(64).fill('d').join('/'), true],
  ['another user', '~other/INBOX', true],
  ['a device', 'CON', true],
  ['spaces', '   ', true],
]

test('names', async t => {
  const field = await Field.open(t)
  await using client = await field.login()
  await using other = await field.login('other')
  await other.ok('CREATE private')
  const othersBefore = await listed(other)
  const filesBefore = filesOf(field.server.data)

  for (const [what, name, good] of names) {
    await t.test(what, async () => {
      const piece = typeof name === 'string' ? `"${name}"` : name
      const said = async (...pieces: readonly (string | Buffer)[]) => {
        const outcome = await client.command(...pieces)
        // Answers hold no control characters but line ends, and no reason that was not meant for users.
        for (const text of [outcome.text, ...outcome.untagged.map(reply => reply.text)]) {
          assert.doesNotMatch(text, /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]|SQLITE|SERVERBUG|\/tmp\/|\.ts:\d/)
        }
        return outcome.status
      }
      const created = await said('CREATE ', piece)
      if (good) assert.equal(created, 'OK')
      else assert.match(created, /^(NO|BAD)$/)
      for (const pieces of [
        ['SELECT ', piece],
        ['STATUS ', piece, ' (MESSAGES)'],
        ['SUBSCRIBE ', piece],
        ['LIST "" ', piece],
        ['LIST ', piece, ' *'],
        ['LSUB "" ', piece],
        ['UNSUBSCRIBE ', piece],
        ['RENAME ', piece, ' "moved elsewhere"'],
        ['RENAME "moved elsewhere" ', piece],
        ['APPEND ', piece, ' ', Buffer.from('Subject: x\r\n\r\n')],
        ['UNSELECT'],
        ['DELETE ', piece],
        ['DELETE "moved elsewhere"'],
      ]) {
        assert.match(await said(...pieces), /^(OK|NO|BAD)$/)
      }
    })
  }
  assert.deepEqual(await listed(other), othersBefore)
  assert.deepEqual(filesOf(field.server.data), filesBefore)

  await field.survives('patterns', async () => {
    await client.ok(`CREATE ${'a'.repeat(1000)}`)
    await client.ok(`LIST "" "${'*a'.repeat(1_000)}b"`)
    await client.ok(`LIST "" "${'%*'.repeat(1_000)}"`)
    await client.ok(`LIST "" "${'a%'.repeat(500)}*z"`)
    await client.ok(`LIST "${'a'.repeat(2_000)}" "*"`)
    await client.ok(`LIST "" (${'"*" '.repeat(2_000)}"x")`)
    assert.equal((await client.command(`LIST "" ("${'"  "'.repeat(10)}`)).status, 'BAD')
  })
})

async function listed(client: { ok(command: string): Promise<{ untagged: readonly { text: string }[] }> }) {
  return (await client.ok('LIST "" "*"')).untagged.map(({ text }) => text)
}

/** Files and folders under the data directory that are not the store's own numbering of its work. */
function filesOf(data: string): readonly string[] {
  return readdirSync(data, { recursive: true, encoding: 'utf8' })
    .map(path => join('/', path))
    .filter(path => !/-(wal|shm)$|\/(stage|staging|tmp|segments|large|search)\b|\d+\.seg/.test(path))
    .sort()
}
