import assert from 'node:assert/strict'
import { setTimeout as wait } from 'node:timers/promises'
import { Flag } from '#ports/metadata.ts'
import { change, counts, fill, type InRoom, missing } from './metadata-room.ts'
import { ALL, linesOf } from './store-under-test.ts'

export function copying(inRoom: InRoom): void {
  inRoom('copies share the message and keep flags, dates and keywords in the target’s spelling', async room => {
    const { store, account, inbox } = room
    const { metadata } = store
    const [target] = await metadata.createMailboxes(account, [{ name: 'target' }])
    await fill(room, target!.id, 1, { keywords: ['WORK'] })
    await fill(room, inbox, 5, { flags: Flag.answered, keywords: ['work', 'x'] })
    await metadata.expunge(account, inbox, [[2, 2]], false)
    const done = await metadata.copy(
      account,
      inbox,
      [
        [1, 3],
        [5, 900],
      ],
      target!.id,
    )
    assert.deepEqual(
      [[...done.from], [...done.to]],
      [
        [1, 3, 5],
        [2, 3, 4],
      ],
    )
    assert.equal(done.uidValidity, target!.uidValidity)
    const entries = await metadata.entries(account, target!.id, 1, 9)
    assert.deepEqual(
      linesOf(entries),
      [2, 3, 4].map(uid => `${uid} flags 2 [WORK x] at ${done.modseq}`),
    )
    const source = await metadata.entries(account, inbox, 0, 9)
    assert.deepEqual([...entries.message], [source.message[0], source.message[1], source.message[3]])
    assert.equal((await metadata.account(account)).used.messages, 8)
    assert.equal((await metadata.mailbox(account, target!.id))!.unseen, 4)
  })

  inRoom('nothing to copy or move is no change', async ({ store, account, inbox }) => {
    const { metadata } = store
    const before = await metadata.account(account)
    for (const done of [
      await metadata.copy(account, inbox, ALL, inbox),
      await metadata.move(account, inbox, [], inbox),
    ]) {
      assert.deepEqual([done.from.length, done.to.length], [0, 0])
    }
    assert.deepEqual(await metadata.account(account), before)
  })

  inRoom('copy and move into the same mailbox give new UIDs', async room => {
    const { store, account, inbox } = room
    const { metadata } = store
    await fill(room, inbox, 2)
    assert.deepEqual([...(await metadata.copy(account, inbox, ALL, inbox)).to], [3, 4])
    assert.deepEqual([...(await metadata.move(account, inbox, [[1, 2]], inbox)).to], [5, 6])
    assert.deepEqual([...(await metadata.entries(account, inbox, 0, 9)).uid], [3, 4, 5, 6])
    assert.equal((await metadata.account(account)).used.messages, 4)
  })

  inRoom('a moved message leaves its mailbox, is not recoverable there, and stays readable', async room => {
    const { store, account, inbox } = room
    const { metadata } = store
    const [target] = await metadata.createMailboxes(account, [{ name: 'target' }])
    const { modseq } = await fill(room, inbox, 3, { flags: Flag.deleted })
    const done = await metadata.move(
      account,
      inbox,
      [
        [1, 1],
        [3, 3],
      ],
      target!.id,
    )
    assert.deepEqual([[...done.from], [...done.to], done.modseq], [[1, 3], [1, 2], modseq + 1])
    assert.deepEqual([...(await metadata.vanishedSince(account, inbox, modseq))!], [1, 3])
    assert.deepEqual(await metadata.expunged(account, 10), [])
    assert.deepEqual(
      (await metadata.messages(account, inbox, Uint32Array.of(1, 2, 3))).map(row => row.uid),
      [1, 2, 3],
    )
    assert.deepEqual(counts(await metadata.mailbox(account, inbox)), {
      messages: 1,
      unseen: 1,
      deleted: 1,
      octets: 100,
      deletedOctets: 100,
    })
    assert.equal(await metadata.purgeExpunged(Date.now() + 1000, 100), 2)
    assert.equal((await metadata.messages(account, target!.id, Uint32Array.of(1, 2))).length, 2)
  })
}

export function expunging(inRoom: InRoom): void {
  inRoom('expunge takes what exists, or only what has \\Deleted', async room => {
    const { store, account, inbox } = room
    const { metadata } = store
    const { modseq } = await fill(room, inbox, 5)
    await metadata.setFlags(account, inbox, change({ uids: [[2, 3]], flags: Flag.deleted }))
    const deleted = await metadata.expunge(
      account,
      inbox,
      [
        [1, 2],
        [4, 400],
      ],
      true,
    )
    assert.deepEqual([[...deleted.uids], deleted.modseq], [[2], modseq + 2])
    const any = await metadata.expunge(
      account,
      inbox,
      [
        [1, 2],
        [4, 4],
      ],
      false,
    )
    assert.deepEqual([...any.uids], [1, 4])
    const none = await metadata.expunge(account, inbox, [[1, 2]], false)
    assert.deepEqual([none.uids.length, none.modseq], [0, any.modseq])
    assert.deepEqual([...(await metadata.entries(account, inbox, 0, 9)).uid], [3, 5])
    assert.deepEqual(counts(await metadata.mailbox(account, inbox)), {
      messages: 2,
      unseen: 2,
      deleted: 1,
      octets: 200,
      deletedOctets: 100,
    })
    const kept = await metadata.messages(account, inbox, Uint32Array.of(1, 2, 3, 4, 5, 6))
    assert.deepEqual(
      kept.map(row => row.uid),
      [1, 2, 3, 4, 5],
    )
  })

  inRoom('expunged mail is listed newest first and comes back once', async room => {
    const { store, account, inbox } = room
    const { metadata } = store
    const [other] = await metadata.createMailboxes(account, [{ name: 'other' }])
    await fill(room, inbox, 3, { flags: Flag.deleted | Flag.seen, keywords: ['k'] })
    await metadata.expunge(account, inbox, [[1, 1]], true)
    await wait(2)
    await metadata.expunge(account, inbox, [[2, 3]], true)
    const rows = await metadata.expunged(account, 10)
    assert.deepEqual(
      rows.map(row => [row.mailbox, row.uid, row.octets]),
      [
        ['INBOX', 3, 100],
        ['INBOX', 2, 100],
        ['INBOX', 1, 100],
      ],
    )
    assert.equal((await metadata.expunged(account, 1)).length, 1)
    const back = await metadata.undelete(account, 'INBOX', [[1, 2]], other!.id)
    assert.deepEqual(
      [[...back.from], [...back.to]],
      [
        [1, 2],
        [1, 2],
      ],
    )
    assert.deepEqual(linesOf(await metadata.entries(account, other!.id, 0, 9)), [
      `1 flags 1 [k] at ${back.modseq}`,
      `2 flags 1 [k] at ${back.modseq}`,
    ])
    assert.equal((await metadata.undelete(account, 'INBOX', [[1, 2]], other!.id)).to.length, 0)
    assert.equal((await metadata.undelete(account, 'nowhere', ALL, other!.id)).to.length, 0)
    assert.equal((await metadata.account(account)).used.messages, 2)
  })

  inRoom('purging forgets the oldest first and keeps what is still referred to', async room => {
    const { store, account, inbox } = room
    const { metadata } = store
    const [other] = await metadata.createMailboxes(account, [{ name: 'other' }])
    const { messages } = await fill(room, inbox, 6)
    await metadata.copy(account, inbox, [[1, 2]], other!.id)
    await metadata.expunge(account, inbox, ALL, false)
    assert.equal(await metadata.purgeExpunged(Date.now() - 60_000, 100), 0)
    assert.equal(await metadata.purgeExpunged(Date.now() + 1000, 4), 4)
    assert.equal((await metadata.expunged(account, 10)).length, 2)
    assert.equal(await metadata.purgeExpunged(Date.now() + 1000, 100), 2)
    assert.equal((await metadata.messages(account, inbox, Uint32Array.of(1, 2, 3))).length, 0)
    assert.equal((await metadata.messages(account, other!.id, Uint32Array.of(1, 2))).length, 2)
    await assert.rejects(metadata.structure(account, messages[5]!), missing)
    await metadata.expunge(account, other!.id, ALL, false)
    assert.equal(await metadata.purgeExpunged(Date.now() + 1000, 100), 2)
    await assert.rejects(metadata.structure(account, messages[0]!), missing)
  })
}
