import assert from 'node:assert/strict'
import type { MailboxId, Modseq, Uid } from '#base/ids.ts'
import { limits } from '#base/limits.ts'
import { Flag } from '#ports/metadata.ts'
import { change, fill, type InRoom } from './metadata-room.ts'
import { linesOf, newMessage } from './store-under-test.ts'

export function appending(inRoom: InRoom): void {
  inRoom('what is appended is read back', async room => {
    const { store, account, inbox } = room
    const { metadata } = store
    const message = await newMessage(store, {
      octets: 77,
      flags: Flag.seen | Flag.draft,
      keywords: ['$Work', 'alpha', 'ALPHA'],
      messageId: '<1@x>',
      inReplyTo: '<0@x>',
      references: ['<0@x>', '<00@x>'],
    })
    const before = await metadata.account(account)
    const done = await metadata.append(account, inbox, [message])
    assert.equal(done.modseq, before.revision + 1)
    assert.equal(done.uidValidity, (await metadata.mailbox(account, inbox))!.uidValidity)
    assert.deepEqual(done.uids, [1])
    const entries = await metadata.entries(account, inbox, 0, 10)
    assert.deepEqual(linesOf(entries), [`1 flags 17 [$Work alpha] at ${done.modseq}`])
    assert.deepEqual([entries.octets[0], entries.receivedAt[0], entries.zone[0]], [77, 1_700_000_000_123, -330])
    assert.equal(entries.message[0], done.messages[0])
    assert.ok(Math.abs(entries.savedAt[0]! - Date.now()) < 60_000)
    const [row] = await metadata.messages(account, inbox, Uint32Array.of(1))
    assert.deepEqual(
      [row!.uid, row!.message, row!.thread, row!.headerOctets, row!.envelope, row!.bodyStructure, row!.preview],
      [1, done.messages[0], entries.thread[0], 20, message.envelope, message.bodyStructure, 'Grüße, 世界'],
    )
    const [sort] = await metadata.sortRows(account, inbox, Uint32Array.of(1))
    assert.deepEqual(
      { ...sort },
      { ...message.facts.sort, uid: 1, messageId: '<1@x>', inReplyTo: '<0@x>', references: ['<0@x>', '<00@x>'] },
    )
    const { structure, header } = message.facts
    assert.deepEqual(await metadata.structure(account, done.messages[0]!), { structure, header })
  })

  inRoom('octets of every value survive in wire texts', async ({ store, account, inbox }) => {
    const octets = Array.from({ length: 256 }, (_, i) => String.fromCharCode(i)).join('')
    const message = await newMessage(store, { envelope: octets, bodyStructure: octets, messageId: octets })
    const structure = { ...message.facts.structure, location: octets }
    await store.metadata.append(account, inbox, [{ ...message, facts: { ...message.facts, structure } }])
    const [row] = await store.metadata.messages(account, inbox, Uint32Array.of(1))
    assert.deepEqual([row!.envelope, row!.bodyStructure], [octets, octets])
    assert.equal((await store.metadata.sortRows(account, inbox, Uint32Array.of(1)))[0]!.messageId, octets)
    assert.equal((await store.metadata.structure(account, row!.message)).structure.location, octets)
  })

  inRoom('an empty append does nothing', async ({ store, account, inbox }) => {
    const before = await store.metadata.account(account)
    assert.deepEqual((await store.metadata.append(account, inbox, [])).uids, [])
    assert.deepEqual(await store.metadata.account(account), before)
  })

  inRoom('UIDs are asked for, and given when they are not below the next', async room => {
    const { store, account, inbox } = room
    const take = async (uid?: number) =>
      (await fill(room, inbox, 1, uid === undefined ? {} : { uid: uid as Uid })).uids[0]
    assert.deepEqual([await take(10), await take(5), await take(), await take(13)], [10, 11, 12, 13])
    assert.equal((await store.metadata.mailbox(account, inbox))!.uidNext, 14)
    assert.equal(await take(0xffff_ffff), 0xffff_ffff)
    await assert.rejects(take(), { reason: 'limit' })
  })

  inRoom('many appends at once: UID order is commit order, nobody gets another’s UID', async room => {
    const { store, account, inbox } = room
    const done = await Promise.all(Array.from({ length: 60 }, () => fill(room, inbox, 2)))
    const uids = done.flatMap(({ uids }) => uids)
    assert.equal(new Set(uids).size, 120)
    for (const { uids } of done) assert.equal(uids[1], uids[0]! + 1)
    const byUid = [...done].sort((a, b) => a.uids[0]! - b.uids[0]!).map(({ modseq }) => modseq)
    assert.deepEqual(
      byUid,
      [...byUid].sort((a, b) => a - b),
    )
    assert.equal((await store.metadata.mailbox(account, inbox))!.messages, 120)
  })

  inRoom('one refused append among many changes nothing for the others', async room => {
    const { store, account, inbox } = room
    const done = await Promise.allSettled(
      Array.from({ length: 20 }, (_, i) => fill(room, i % 5 === 0 ? (77 as MailboxId) : inbox, 1)),
    )
    assert.equal(done.filter(({ status }) => status === 'fulfilled').length, 16)
    assert.equal((await store.metadata.mailbox(account, inbox))!.messages, 16)
  })

  inRoom('conversations are found by ids, whichever comes first', async room => {
    const { store, account, inbox } = room
    await fill(room, inbox, 1, { messageId: '<a@x>' })
    await fill(room, inbox, 1, { messageId: '<b@x>', inReplyTo: 'answer to <a@x>' })
    await fill(room, inbox, 1, { messageId: '<d@y>', references: ['<c@y>'] })
    await fill(room, inbox, 1, { messageId: '<c@y>' })
    await fill(room, inbox, 1)
    await fill(room, inbox, 1)
    await fill(room, inbox, 1, { messageId: '<e@z>', references: ['<c@y>', '<b@x>'] })
    const { thread } = await store.metadata.entries(account, inbox, 0, 10)
    const [a, b, d, c, x, y, e] = thread
    assert.deepEqual([b, c, e], [a, d, a])
    assert.equal(new Set([a, d, x, y]).size, 4)
  })

  inRoom('the number of keywords on a message is limited', async room => {
    const many = Array.from({ length: limits.keywordsPerMessage }, (_, i) => `k${i}`)
    await fill(room, room.inbox, 1, { keywords: many })
    await assert.rejects(fill(room, room.inbox, 1, { keywords: [...many, 'more'] }), { reason: 'limit' })
    await assert.rejects(room.store.metadata.setFlags(room.account, room.inbox, change({ keywords: ['more'] })), {
      reason: 'limit',
    })
    assert.equal((await room.store.metadata.keywords(room.account, room.inbox)).length, many.length)
  })

  inRoom('the number of keywords that a mailbox knows is limited', async ({ store, account, inbox }) => {
    const message = await newMessage(store)
    const known = Array.from({ length: limits.keywordsPerMailbox }, (_, i) => `k${i}`)
    const messages = []
    for (let i = 0; i < known.length; i += 100) messages.push({ ...message, keywords: known.slice(i, i + 100) })
    await store.metadata.append(account, inbox, messages)
    const full = { reason: 'limit' }
    await assert.rejects(store.metadata.append(account, inbox, [{ ...message, keywords: ['more'] }]), full)
    await assert.rejects(store.metadata.setFlags(account, inbox, change({ keywords: ['more'] })), full)
    await store.metadata.append(account, inbox, [{ ...message, keywords: ['K7'] }])
    assert.equal((await store.metadata.keywords(account, inbox)).length, known.length)
  })

  inRoom('replace appends and expunges in one change', async room => {
    const { store, account, inbox } = room
    await fill(room, inbox, 2)
    const done = await store.metadata.replace(account, inbox, await newMessage(store), inbox, 1 as Uid)
    assert.deepEqual([done.uids, [...done.expunged.uids], done.expunged.modseq], [[3], [1], done.modseq])
    const since = await store.metadata.changesSince(account, inbox, (done.modseq - 1) as Modseq)
    assert.deepEqual([[...since.changed.uid], [...since.vanished]], [[3], [1]])
  })
}
