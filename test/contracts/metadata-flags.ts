import assert from 'node:assert/strict'
import { Flag, type FlagChange } from '#ports/metadata.ts'
import { change, counts, fill, type InRoom } from './metadata-room.ts'

export function flags(inRoom: InRoom): void {
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
