import assert from 'node:assert/strict'
import { setTimeout as wait } from 'node:timers/promises'
import type { Modseq } from '#base/ids.ts'
import type { Hint } from '#ports/bus.ts'
import { Flag } from '#ports/metadata.ts'
import { change, fill, type InRoom } from './metadata-room.ts'
import { ALL } from './store-under-test.ts'

export function changes(inRoom: InRoom): void {
  inRoom('entries are paged by UID', async room => {
    const { store, account, inbox } = room
    await fill(room, inbox, 5)
    const page = async (after: number, count: number) => [
      ...(await store.metadata.entries(account, inbox, after, count)).uid,
    ]
    assert.deepEqual(await page(0, 2), [1, 2])
    assert.deepEqual(await page(2, 2), [3, 4])
    assert.deepEqual(await page(4, Number.POSITIVE_INFINITY), [5])
    assert.deepEqual(await page(5, 9), [])
    assert.deepEqual(await page(0, 0), [])
  })

  inRoom('changesSince tells what is new, changed and gone', async room => {
    const { store, account, inbox } = room
    const { metadata } = store
    const { modseq } = await fill(room, inbox, 200)
    await metadata.setFlags(
      account,
      inbox,
      change({
        uids: [
          [10, 10],
          [150, 150],
        ],
        flags: Flag.seen,
      }),
    )
    await metadata.expunge(account, inbox, [[20, 21]], false)
    await fill(room, inbox, 1)
    const since = await metadata.changesSince(account, inbox, modseq)
    assert.deepEqual(
      [[...since.changed.uid], [...since.vanished]],
      [
        [10, 150, 201],
        [20, 21],
      ],
    )
    assert.deepEqual([since.complete, since.modseq, since.uidNext], [true, modseq + 3, 202])
    const now = await metadata.changesSince(account, inbox, since.modseq)
    assert.deepEqual([now.changed.length, now.vanished.length, now.modseq], [0, 0, since.modseq])
    const all = await metadata.changesSince(account, inbox, 0 as Modseq)
    assert.deepEqual([all.changed.length, [...all.vanished]], [199, [20, 21]])
    assert.equal((await metadata.changesSince(account, inbox, 9999 as Modseq)).changed.length, 0)
    assert.deepEqual([...(await metadata.vanishedSince(account, inbox, modseq + 2))!], [])
  })

  inRoom('what is expunged after a change is only told as vanished', async room => {
    const { store, account, inbox } = room
    const { modseq } = await fill(room, inbox, 2)
    await fill(room, inbox, 1)
    await store.metadata.expunge(account, inbox, [[2, 3]], false)
    const since = await store.metadata.changesSince(account, inbox, modseq)
    assert.deepEqual([since.changed.length, [...since.vanished]], [0, [2, 3]])
  })
}

export function hints(inRoom: InRoom): void {
  inRoom('watchers are told of every mailbox that changed, until they stop', async room => {
    const { store, account, inbox } = room
    const { metadata, bus } = store
    const [other] = await metadata.createMailboxes(account, [{ name: 'other' }])
    const stranger = await store.createAccount()
    const heard: Hint[] = []
    const watch = bus.watch(account, hint => heard.push(hint))
    const deaf = bus.watch(stranger, () => assert.fail('told of somebody else'))
    const { modseq } = await fill(room, inbox, 1)
    const moved = await metadata.move(account, inbox, ALL, other!.id)
    const expected = new Set([`${inbox} ${modseq}`, `${inbox} ${moved.modseq}`, `${other!.id} ${moved.modseq}`])
    for (let i = 0; i < 200 && heard.length < 3; i++) await wait(5)
    assert.deepEqual(new Set(heard.map(hint => `${hint.mailbox} ${hint.modseq}`)), expected)
    watch.stop()
    watch.stop()
    await fill(room, inbox, 1)
    await wait(20)
    assert.equal(heard.length, 3)
    deaf.stop()
  })
}
