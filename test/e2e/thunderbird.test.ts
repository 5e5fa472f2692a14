/** Thunderbird: folders listed, mail downloaded whole, new mail and flags seen in IDLE, what is done to mail done on the server. */
import assert from 'node:assert/strict'
import { mkdtempDisposable } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import * as account from '#test/account.ts'
import { eventually } from '#test/eventually.ts'
import { deliverOk } from '#test/lmtp.ts'
import { kinds, mailSet } from '#test/mail.ts'
import { digest, message } from '#test/message.ts'
import { missing } from '#test/program.ts'
import { serverFor } from '#test/server.ts'
import { type Security, startThunderbird } from '#test/thunderbird.ts'

const folders: Readonly<Record<string, Buffer[]>> = {
  INBOX: Object.values(kinds),
  'Архив/日本語': mailSet('nested', 20),
  'R&D': mailSet('ampersand', 5),
}

for (const security of ['TLS', 'STARTTLS'] as const satisfies Security[]) {
  test(`Thunderbird, ${security}`, { skip: missing('thunderbird'), timeout: 150_000 }, async t => {
    const server = await serverFor(t, { users: { [account.user]: account.password } })
    await using home = await mkdtempDisposable(join(tmpdir(), 'thunderbird-'))
    const client = await account.logIn(server)
    for (const [name, mails] of Object.entries(folders)) {
      if (name !== 'INBOX') await account.createFolder(client, name)
      await account.append(
        client,
        name,
        mails.map(octets => ({ octets })),
      )
    }
    const login = { user: account.user, password: account.password }
    await using thunderbird = await startThunderbird(home.path, server, login, security)

    await t.test('every folder is listed', async () => {
      await thunderbird.open('INBOX')
      const expected = [...Object.keys(folders), 'Archive', 'Drafts', 'Junk', 'Sent', 'Trash']
      await eventually(
        'the folders',
        async () => {
          const listed = await thunderbird.folders()
          return expected.every(name => listed.has(name))
        },
        30_000,
      )
    })

    for (const [name, mails] of Object.entries(folders)) {
      await t.test(`${name} is downloaded octet for octet`, async () => {
        await thunderbird.open(name)
        const expected = mails.map(digest).sort()
        await eventually(
          `${mails.length} messages on disk`,
          async () => isDeepStrictEqual((await thunderbird.kept(name)).map(digest).sort(), expected),
          30_000,
        )
      })
    }

    await t.test('new mail and a flag set elsewhere are seen in IDLE', async () => {
      await thunderbird.open('INBOX')
      await eventually('IDLE on INBOX', async () => idles(await thunderbird.wire()), 20_000)
      const octets = message({ subject: 'While it idles', number: 50 })
      await deliverOk({ port: server.ports.lmtp, to: [account.address], message: octets })
      await eventually('the mail', async () => (await thunderbird.folders()).get('INBOX') === folders.INBOX!.length + 1)
      await eventually('it on disk', async () =>
        (await thunderbird.kept('INBOX')).some(kept => kept.includes('While it idles')),
      )

      await eventually('IDLE on INBOX', async () => idles(await thunderbird.wire()), 20_000)
      const { uid } = account.only(await account.readFolder(client, 'INBOX'), 'While it idles')
      await account.store(client, 'INBOX', [uid], '+FLAGS (\\Flagged)')
      await eventually('the star', () => thunderbird.isFlagged('INBOX', 'While it idles'))
    })

    await t.test('mail that comes one on the heels of the other is all seen', async () => {
      const before = (await thunderbird.folders()).get('INBOX')!
      await eventually('IDLE on INBOX', async () => idles(await thunderbird.wire()), 20_000)
      for (let number = 60; number < 70; number++) {
        const octets = message({ subject: `Burst ${number}`, number })
        await deliverOk({ port: server.ports.lmtp, to: [account.address], message: octets })
        await pause(number * 3)
      }
      await eventually('all of it', async () => (await thunderbird.folders()).get('INBOX') === before + 10)
    })

    await t.test('reading, starring and deleting reach the server', async () => {
      await thunderbird.act('INBOX', 'Text and HTML', 'read')
      await thunderbird.act('INBOX', 'Report attached', 'flag')
      await thunderbird.act('INBOX', 'Lines with dots', 'delete')
      await eventually('all three', async () => {
        const inbox = await account.readFolder(client, 'INBOX')
        const trash = await account.readFolder(client, 'Trash')
        return (
          account.only(inbox, 'Subject: Text and HTML').flags.includes('\\Seen') &&
          account.only(inbox, 'Subject: Report attached').flags.includes('\\Flagged') &&
          [...trash.values()].some(mail => digest(mail.octets) === digest(kinds.dots!))
        )
      })
    })

    await t.test('a folder made there is made on the server, and a message moved to it', async () => {
      await thunderbird.createFolder('Новая & старая')
      await eventually('the folder', async () => (await account.folderNames(client)).includes('Новая & старая'))
      await eventually('it in the list', async () => (await thunderbird.folders()).has('Новая & старая'))
      await thunderbird.move('INBOX', 'Fwd: Text and HTML', 'Новая & старая')
      await eventually('the message', async () => (await account.readFolder(client, 'Новая & старая')).size === 1)
      const [moved] = (await account.readFolder(client, 'Новая & старая')).values()
      assert.equal(digest(moved!.octets), digest(kinds.forwarded!))
    })
    await client.logout()
  })
}

/** Whether the last thing on INBOX's connection is that it waits in IDLE. */
function idles(wire: string): boolean {
  const last = wire.split('\n').findLast(line => line.includes(':S-INBOX:'))
  return last?.includes('idle mode async waiting') ?? false
}
