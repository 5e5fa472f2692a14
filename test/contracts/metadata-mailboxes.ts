import assert from 'node:assert/strict'
import type { MailboxId, Modseq } from '#base/ids.ts'
import { Flag } from '#ports/metadata.ts'
import { change, fill, type InRoom } from './metadata-room.ts'
import { ALL } from './store-under-test.ts'

export function mailboxes(inRoom: InRoom): void {
  inRoom('mailboxes are listed INBOX first, then by code point', async ({ store, account }) => {
    const names = ['b', 'B', 'a/b', 'a', 'ä', '\u{1f600}', '\uffee', 'INBOX/x', 'A']
    await store.metadata.createMailboxes(
      account,
      names.map(name => ({ name })),
    )
    assert.deepEqual(
      (await store.metadata.mailboxes(account)).map(row => row.name),
      ['INBOX', 'A', 'B', 'INBOX/x', 'a', 'a/b', 'b', 'ä', '\uffee', '\u{1f600}'],
    )
  })

  inRoom('creating is all or nothing, and UIDVALIDITY grows', async ({ store, account }) => {
    const { metadata } = store
    const made = await metadata.createMailboxes(account, [{ name: 'a' }, { name: 'b', role: 'sent' }])
    const exists = { name: 'Refusal', reason: 'mailbox-exists' }
    await assert.rejects(metadata.createMailboxes(account, [{ name: 'c' }, { name: 'a' }]), exists)
    await assert.rejects(metadata.createMailboxes(account, [{ name: 'c' }, { name: 'd', role: 'sent' }]), exists)
    await assert.rejects(metadata.createMailboxes(account, [{ name: 'c' }, { name: 'c' }]), exists)
    assert.equal(await metadata.mailboxNamed(account, 'c'), null)
    await metadata.deleteMailbox(account, made[1]!.id)
    const [again] = await metadata.createMailboxes(account, [{ name: 'b', role: 'sent' }])
    assert.ok(made[1]!.uidValidity > made[0]!.uidValidity)
    assert.ok(again!.uidValidity > made[1]!.uidValidity)
    assert.notEqual(again!.id, made[1]!.id)
    assert.deepEqual(await metadata.createMailboxes(account, []), [])
  })

  inRoom('missing mailboxes are refused by name of the side that is missing', async room => {
    const { store, account, inbox } = room
    const { metadata } = store
    const none = 99 as MailboxId
    assert.equal(await metadata.mailbox(account, none), null)
    const source: (() => Promise<unknown>)[] = [
      () => metadata.deleteMailbox(account, none),
      () => metadata.renameMailboxes(account, [{ id: none, name: 'x' }], []),
      () => metadata.setRole(account, none, 'sent'),
      () => metadata.entries(account, none, 0, 1),
      () => metadata.changesSince(account, none, 0 as Modseq),
      () => metadata.vanishedSince(account, none, 0),
      () => metadata.messages(account, none, Uint32Array.of(1)),
      () => metadata.sortRows(account, none, Uint32Array.of(1)),
      () => metadata.keywords(account, none),
      () => metadata.setFlags(account, none, change({ flags: 1 })),
      () => metadata.copy(account, none, ALL, inbox),
      () => metadata.move(account, none, ALL, inbox),
      () => metadata.expunge(account, none, ALL, false),
      () => metadata.claimRecent(account, none),
    ]
    for (const call of source) await assert.rejects(call, { reason: 'mailbox-missing' }, call.toString())
    const target: (() => Promise<unknown>)[] = [
      () => fill(room, none, 1),
      () => metadata.copy(account, inbox, ALL, none),
      () => metadata.move(account, inbox, ALL, none),
      () => metadata.undelete(account, 'INBOX', ALL, none),
    ]
    for (const call of target) await assert.rejects(call, { reason: 'target-missing' }, call.toString())
  })

  inRoom('a tree is renamed at once, with its new parents', async ({ store, account }) => {
    const { metadata } = store
    const [a, ab, c] = await metadata.createMailboxes(account, [{ name: 'a' }, { name: 'a/b' }, { name: 'c' }])
    await assert.rejects(
      metadata.renameMailboxes(
        account,
        [
          { id: a!.id, name: 'x' },
          { id: ab!.id, name: 'c' },
        ],
        ['p'],
      ),
      { reason: 'mailbox-exists' },
    )
    assert.equal((await metadata.mailboxNamed(account, 'a'))!.id, a!.id)
    assert.equal(await metadata.mailboxNamed(account, 'p'), null)
    await metadata.renameMailboxes(
      account,
      [
        { id: a!.id, name: 'p/q/a' },
        { id: ab!.id, name: 'p/q/a/b' },
      ],
      ['p', 'p/q'],
    )
    await metadata.renameMailboxes(
      account,
      [
        { id: c!.id, name: 'p/q/a' },
        { id: a!.id, name: 'c' },
      ],
      [],
    )
    assert.deepEqual(
      (await metadata.mailboxes(account)).map(row => [row.name, row.id]),
      [
        ['INBOX', (await metadata.mailboxNamed(account, 'INBOX'))!.id],
        ['c', a!.id],
        ['p', (await metadata.mailboxNamed(account, 'p'))!.id],
        ['p/q', (await metadata.mailboxNamed(account, 'p/q'))!.id],
        ['p/q/a', c!.id],
        ['p/q/a/b', ab!.id],
      ],
    )
    assert.equal((await metadata.mailbox(account, a!.id))!.uidValidity, a!.uidValidity)
  })

  inRoom('a special use belongs to one mailbox', async ({ store, account, inbox }) => {
    const { metadata } = store
    const [a] = await metadata.createMailboxes(account, [{ name: 'a', role: 'trash' }])
    await assert.rejects(metadata.setRole(account, inbox, 'trash'), { reason: 'mailbox-exists' })
    await metadata.setRole(account, a!.id, 'trash')
    await metadata.setRole(account, a!.id, null)
    await metadata.setRole(account, inbox, 'trash')
    assert.equal((await metadata.mailbox(account, inbox))!.role, 'trash')
    assert.equal((await metadata.mailbox(account, a!.id))!.role, null)
  })

  inRoom('subscriptions are names that need no mailbox', async ({ store, account }) => {
    const { metadata } = store
    assert.deepEqual(await metadata.subscriptions(account), [])
    await metadata.setSubscribed(account, ['z', 'INBOX', 'z', 'nowhere'], true)
    await metadata.setSubscribed(account, ['nowhere', 'never'], false)
    assert.deepEqual(await metadata.subscriptions(account), ['INBOX', 'z'])
  })

  inRoom('recent messages are claimed once', async room => {
    const { store, account, inbox } = room
    await fill(room, inbox, 3)
    assert.deepEqual(await store.metadata.claimRecent(account, inbox), { from: 1, to: 4 })
    assert.deepEqual(await store.metadata.claimRecent(account, inbox), { from: 4, to: 4 })
    await fill(room, inbox, 1)
    const claims = await Promise.all([1, 2, 3].map(() => store.metadata.claimRecent(account, inbox)))
    assert.equal(
      claims.reduce((sum, { from, to }) => sum + to - from, 0),
      1,
    )
    assert.equal((await store.metadata.mailbox(account, inbox))!.recentFrom, 5)
  })

  inRoom('a deleted mailbox is gone and its mail can be had back', async room => {
    const { store, account, inbox } = room
    const { metadata } = store
    const [box] = await metadata.createMailboxes(account, [{ name: 'box' }, { name: 'box/below' }])
    await fill(room, box!.id, 2, { flags: Flag.flagged | Flag.deleted })
    await metadata.deleteMailbox(account, box!.id)
    await assert.rejects(metadata.deleteMailbox(account, box!.id), { reason: 'mailbox-missing' })
    assert.ok(await metadata.mailboxNamed(account, 'box/below'))
    assert.equal((await metadata.account(account)).used.messages, 0)
    assert.equal((await metadata.messages(account, box!.id, Uint32Array.of(1, 2))).length, 2)
    const back = await metadata.undelete(account, 'box', ALL, inbox)
    assert.deepEqual(
      [[...back.from], [...back.to]],
      [
        [1, 2],
        [1, 2],
      ],
    )
    assert.equal((await metadata.mailbox(account, inbox))!.messages, 2)
  })
}
