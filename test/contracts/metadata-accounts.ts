import assert from 'node:assert/strict'
import type { AccountId, Modseq } from '#base/ids.ts'
import { change, fill, type InRoom, missing } from './metadata-room.ts'
import { ALL } from './store-under-test.ts'

export function accounts(inRoom: InRoom): void {
  inRoom('a new account has an empty INBOX', async ({ store, account }) => {
    const rows = await store.metadata.mailboxes(account)
    assert.deepEqual(
      rows.map(row => [row.name, row.role, row.messages, row.uidNext]),
      [['INBOX', null, 0, 1]],
    )
    const row = await store.metadata.account(account)
    assert.deepEqual(
      [row.quota, row.used],
      [
        { octets: null, messages: null },
        { octets: 0, messages: 0 },
      ],
    )
  })

  inRoom('an unknown account is a fault everywhere', async ({ store, inbox }) => {
    const nobody = 4711 as AccountId
    const { metadata } = store
    const calls: (() => Promise<unknown>)[] = [
      () => metadata.account(nobody),
      () => metadata.mailboxes(nobody),
      () => metadata.mailbox(nobody, inbox),
      () => metadata.mailboxNamed(nobody, 'INBOX'),
      () => metadata.subscriptions(nobody),
      () => metadata.entries(nobody, inbox, 0, 10),
      () => metadata.changesSince(nobody, inbox, 0 as Modseq),
      () => metadata.messages(nobody, inbox, Uint32Array.of(1)),
      () => metadata.structure(nobody, 1 as Parameters<typeof metadata.structure>[1]),
      () => metadata.expunged(nobody, 5),
      () => metadata.setFlags(nobody, inbox, change({ flags: 1 })),
      () => metadata.append(nobody, inbox, []),
      () => metadata.claimRecent(nobody, inbox),
      () => metadata.createMailboxes(nobody, [{ name: 'x' }]),
    ]
    for (const call of calls) await assert.rejects(call, missing, call.toString())
  })

  inRoom('accounts do not see each other', async room => {
    const { store, account } = room
    const other = await store.createAccount()
    assert.notEqual(other, account)
    const [mine] = await store.metadata.createMailboxes(account, [{ name: 'mine' }])
    const { messages } = await fill(room, mine!.id, 1)
    await assert.rejects(store.metadata.entries(other, mine!.id, 0, 9), { reason: 'mailbox-missing' })
    await assert.rejects(store.metadata.structure(other, messages[0]!), missing)
    assert.equal(await store.metadata.mailbox(other, mine!.id), null)
  })

  inRoom('a deleted account is gone and its id is not given again', async room => {
    const { store, account, inbox } = room
    await fill(room, inbox, 3)
    await store.deleteAccount(account)
    await assert.rejects(store.metadata.account(account), missing)
    await assert.rejects(store.deleteAccount(account), missing)
    const next = await store.createAccount()
    assert.notEqual(next, account)
    assert.equal(await store.metadata.purgeExpunged(1, 100), 3)
    assert.deepEqual(
      (await store.metadata.mailboxes(next)).map(row => row.name),
      ['INBOX'],
    )
  })

  inRoom('what is over quota is refused whole; exactly at the limit passes', async room => {
    const { store, account, inbox } = room
    await store.metadata.setQuota(account, { octets: 250, messages: 3 })
    assert.deepEqual((await store.metadata.account(account)).quota, { octets: 250, messages: 3 })
    const overQuota = { name: 'Refusal', reason: 'over-quota' }
    await assert.rejects(fill(room, inbox, 3), overQuota)
    assert.equal((await store.metadata.mailbox(account, inbox))!.uidNext, 1)
    await fill(room, inbox, 2)
    await assert.rejects(fill(room, inbox, 1), overQuota)
    await assert.rejects(store.metadata.copy(account, inbox, ALL, inbox), overQuota)
    await fill(room, inbox, 1, { octets: 50 })
    await assert.rejects(fill(room, inbox, 1, { octets: 0 }), overQuota)
    assert.deepEqual((await store.metadata.account(account)).used, { octets: 250, messages: 3 })
    const [other] = await store.metadata.createMailboxes(account, [{ name: 'other' }])
    await store.metadata.move(account, inbox, ALL, other!.id)
    await store.metadata.expunge(account, other!.id, [[1, 1]], false)
    assert.deepEqual((await store.metadata.account(account)).used, { octets: 150, messages: 2 })
    await store.metadata.setQuota(account, { octets: 1, messages: null })
    await assert.rejects(fill(room, inbox, 1, { octets: 1 }), overQuota)
  })
}
