import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import type { AccountId, MailboxId, Modseq, Uid } from '#base/ids.ts'
import { limits } from '#base/limits.ts'
import type { Hint } from '#ports/bus.ts'
import { Flag, type FlagChange, type MailboxRow } from '#ports/metadata.ts'
import { historyContract } from './metadata-history.ts'
import { ALL, inboxOf, linesOf, type MessageOptions, newMessage, type StoreUnderTest } from './store-under-test.ts'

type Room = { store: StoreUnderTest; account: AccountId; inbox: MailboxId }

/** What src/ports/metadata.ts promises, and src/ports/bus.ts with it. */
export function metadataContract(name: string, open: () => Promise<StoreUnderTest>): void {
  const inRoom = (title: string, run: (room: Room) => Promise<void>) =>
    test(title, async () => {
      const store = await open()
      try {
        const account = await store.createAccount()
        await run({ store, account, inbox: await inboxOf(store, account) })
      } finally {
        await store.close()
      }
    })
  suite(`metadata: ${name}`, () => {
    accounts(inRoom)
    mailboxes(inRoom)
    appending(inRoom)
    flags(inRoom)
    copying(inRoom)
    expunging(inRoom)
    changes(inRoom)
    hints(inRoom)
    historyContract(open)
  })
}

type InRoom = (title: string, run: (room: Room) => Promise<void>) => void

async function fill({ store, account }: Room, mailbox: MailboxId, count: number, options: MessageOptions = {}) {
  const messages = []
  for (let i = 0; i < count; i++) messages.push(await newMessage(store, { seed: i, ...options }))
  return store.metadata.append(account, mailbox, messages)
}

const change = (given: Partial<FlagChange>): FlagChange => ({
  uids: ALL,
  action: 'add',
  flags: 0,
  keywords: [],
  ...given,
})
const counts = (row: MailboxRow | null) => {
  const { messages, unseen, deleted, octets, deletedOctets } = row!
  return { messages, unseen, deleted, octets, deletedOctets }
}
const missing = { name: 'StoreFault', failure: 'missing' }

function accounts(inRoom: InRoom): void {
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

function mailboxes(inRoom: InRoom): void {
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

function appending(inRoom: InRoom): void {
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
    const { structure, envelope, header } = message.facts
    assert.deepEqual(await metadata.structure(account, done.messages[0]!), { structure, envelope, header })
  })

  inRoom('octets of every value survive in wire texts', async ({ store, account, inbox }) => {
    const octets = Array.from({ length: 256 }, (_, i) => String.fromCharCode(i)).join('')
    const message = await newMessage(store, { envelope: octets, bodyStructure: octets, messageId: octets })
    await store.metadata.append(account, inbox, [message])
    const [row] = await store.metadata.messages(account, inbox, Uint32Array.of(1))
    assert.deepEqual([row!.envelope, row!.bodyStructure], [octets, octets])
    assert.equal((await store.metadata.sortRows(account, inbox, Uint32Array.of(1)))[0]!.messageId, octets)
    assert.equal((await store.metadata.structure(account, row!.message)).envelope.messageId, octets)
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

  inRoom('replace appends and expunges in one change', async room => {
    const { store, account, inbox } = room
    await fill(room, inbox, 2)
    const done = await store.metadata.replace(account, inbox, await newMessage(store), inbox, 1 as Uid)
    assert.deepEqual([done.uids, [...done.expunged.uids], done.expunged.modseq], [[3], [1], done.modseq])
    const since = await store.metadata.changesSince(account, inbox, (done.modseq - 1) as Modseq)
    assert.deepEqual([[...since.changed.uid], [...since.vanished]], [[3], [1]])
  })
}

function flags(inRoom: InRoom): void {
  inRoom('flags and keywords are added, removed and replaced; totals follow', async room => {
    const { store, account, inbox } = room
    const { metadata } = store
    await fill(room, inbox, 4)
    const set = async (given: Partial<FlagChange>) => [
      ...(await metadata.setFlags(account, inbox, change(given))).changed,
    ]
    const state = async () => {
      const { flags, keywords } = await metadata.entries(account, inbox, 0, 10)
      return Array.from(flags, (bits, i) => `${bits}${keywords[i] === '' ? '' : ` ${keywords[i]}`}`)
    }
    assert.deepEqual(await set({ uids: [[2, 3]], flags: Flag.seen | Flag.deleted, keywords: ['Beta'] }), [2, 3])
    assert.deepEqual(await set({ uids: [[1, 2]], flags: Flag.seen, keywords: ['beta', '$A'] }), [1, 2])
    assert.deepEqual(await state(), ['1 $A Beta', '9 $A Beta', '9 Beta', '0'])
    assert.deepEqual(counts(await metadata.mailbox(account, inbox)), {
      messages: 4,
      unseen: 1,
      deleted: 2,
      octets: 400,
      deletedOctets: 200,
    })
    assert.deepEqual(await set({ uids: [[1, 2]], flags: Flag.seen, keywords: ['BETA'] }), [])
    assert.deepEqual(await set({ action: 'remove', flags: Flag.deleted, keywords: ['BETA'] }), [1, 2, 3])
    assert.deepEqual(await state(), ['1 $A', '1 $A', '1', '0'])
    assert.deepEqual(
      await set({ action: 'replace', flags: Flag.flagged | Flag.deleted, keywords: ['new', '$a'] }),
      [1, 2, 3, 4],
    )
    assert.deepEqual(await state(), ['12 $A new', '12 $A new', '12 $A new', '12 $A new'])
    assert.deepEqual(await set({ action: 'replace', flags: Flag.flagged | Flag.deleted, keywords: ['NEW', '$A'] }), [])
    assert.deepEqual(await set({ uids: [[2, 2]], action: 'replace' }), [2])
    assert.deepEqual(counts(await metadata.mailbox(account, inbox)), {
      messages: 4,
      unseen: 4,
      deleted: 3,
      octets: 400,
      deletedOctets: 300,
    })
    assert.deepEqual(await metadata.keywords(account, inbox), ['$A', 'Beta', 'new'])
  })

  inRoom('only what really changes is stamped', async room => {
    const { store, account, inbox } = room
    const { metadata } = store
    const { modseq } = await fill(room, inbox, 3)
    const first = await metadata.setFlags(account, inbox, change({ uids: [[2, 2]], flags: Flag.seen }))
    assert.equal(first.modseq, modseq + 1)
    const second = await metadata.setFlags(account, inbox, change({ flags: Flag.seen }))
    assert.deepEqual([...second.changed], [1, 3])
    const none = await metadata.setFlags(account, inbox, change({ flags: Flag.seen, uids: [[1, 3]] }))
    assert.deepEqual([none.modseq, none.changed.length], [second.modseq, 0])
    assert.deepEqual([...(await metadata.entries(account, inbox, 0, 9)).modseq], [modseq + 2, modseq + 1, modseq + 2])
    assert.equal((await metadata.account(account)).revision, second.modseq)
    const absent = await metadata.setFlags(account, inbox, change({ uids: [[7, 9]], flags: 1, keywords: ['unused'] }))
    assert.equal(absent.changed.length, 0)
    assert.deepEqual(await metadata.keywords(account, inbox), [])
    assert.equal((await metadata.setFlags(account, inbox, change({ uids: [], flags: 1 }))).changed.length, 0)
  })

  inRoom('unchangedSince spares what changed later', async room => {
    const { store, account, inbox } = room
    const { metadata } = store
    const { modseq } = await fill(room, inbox, 4)
    await metadata.setFlags(account, inbox, change({ uids: [[2, 2]], flags: Flag.seen }))
    const given = { uids: [[1, 3]] as const, flags: Flag.seen, keywords: ['k'], unchangedSince: modseq }
    const done = await metadata.setFlags(account, inbox, change(given))
    assert.deepEqual([[...done.changed], [...done.modified]], [[1, 3], [2]])
    const again = await metadata.setFlags(account, inbox, change({ ...given, unchangedSince: 0 }))
    assert.deepEqual([[...again.changed], [...again.modified]], [[], [1, 2, 3]])
  })
}

function copying(inRoom: InRoom): void {
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

function expunging(inRoom: InRoom): void {
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

function changes(inRoom: InRoom): void {
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

function hints(inRoom: InRoom): void {
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
