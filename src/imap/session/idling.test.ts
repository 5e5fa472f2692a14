import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Connection } from '#net/connection.ts'
import { type MemoryMail, openMemoryMail } from '#test/memory-mail.ts'
import { Idling } from './idling.ts'
import type { ImapServices } from './services.ts'
import { Session } from './session.ts'

const letter = 'Subject: hello\r\n\r\nhello\r\n'
const began = Date.UTC(2026, 0, 1)

/** A session that idles on INBOX, and what its client heard. */
async function idlingOn(box: MemoryMail): Promise<{ session: Session; idling: Idling; heard: () => Promise<string> }> {
  let text = ''
  const connection = { write: (octets: string) => (text += octets), flush() {}, drained() {} } as unknown as Connection
  const settings = { heartbeatMs: 3_600_000, pollMs: 3_600_000 }
  const session = new Session({ mail: box.mail, settings } as unknown as ImapServices, connection, 1)
  session.enabled.rev2 = true
  session.phase = { phase: 'selected', mail: box.mail, login: 'ada', view: await box.select() }
  const idling = new Idling(session)
  session.idling = idling
  session.input.waiting = true
  return {
    session,
    idling,
    async heard() {
      await new Promise(resolve => setTimeout(resolve, 5))
      const all = text
      text = ''
      return all
    },
  }
}

test('a mailbox that is only waited for is put away, and its sessions hear of mail as before', async () => {
  await using box = await openMemoryMail()
  await box.deliver({ octets: letter }, { octets: letter, keywords: ['one'] })
  const first = await idlingOn(box)
  const second = await idlingOn(box)
  const { state } = first.session.view!
  first.idling.tend(began + 60_000)
  assert.equal(state.resting, false, 'the second session has not been quiet for long')
  second.idling.tend(began + 60_000)
  assert.equal(state.resting, true)

  const { mail, inbox } = box
  await box.deliver({ octets: letter })
  for (const { heard } of [first, second]) assert.equal(await heard(), '* 3 EXISTS\r\n')
  for (const { idling } of [first, second]) idling.tend(began + 120_000)
  assert.equal(state.resting, true, 'and again')

  await mail.metadata.expunge(mail.account, inbox, [[2, 2]], false)
  for (const { heard } of [first, second]) assert.equal(await heard(), '* 2 EXPUNGE\r\n')
})

test('what is put away is there again when the client goes on', async () => {
  await using box = await openMemoryMail()
  await box.deliver({ octets: letter }, { octets: letter, keywords: ['one'] })
  const { session, idling, heard } = await idlingOn(box)
  const view = session.view!
  idling.tend(began + 60_000)
  assert.equal(view.state.resting, true)
  assert.equal(view.exists, 2)
  session.idling = null
  await idling.stop()
  await session.sync(true, false)
  assert.equal(view.state.resting, false)
  assert.equal(view.find(2)?.keywords, 'one')
  assert.deepEqual([...view.uids], [1, 2])
  assert.equal(await heard(), '')
})

test('a mailbox that changed a moment ago is not put away', async () => {
  await using box = await openMemoryMail()
  const { session, idling, heard } = await idlingOn(box)
  idling.tend(began + 5_000)
  assert.equal(session.view!.state.resting, false)
  await box.deliver({ octets: letter })
  assert.equal(await heard(), '* 1 EXISTS\r\n')
})
