/** Commands about messages, carried out by a device and in the model. */
import assert from 'node:assert/strict'
import type { Mailbox } from './account.ts'
import { lower } from './flags.ts'
import type { Action, Of } from './history.ts'
import { setOf } from './sets.ts'
import { copyText, fetchText, searchText, storeText } from './texts.ts'
import type { Side, Truth } from './truth.ts'
import type { Command } from './wire.ts'

export async function store(truth: Truth, side: Side, action: Of<'store'>): Promise<void> {
  const { device } = side
  const { how, silent, flags } = action
  const mailbox = side.mailbox!
  const believed = device.believed!
  const picked = device.pick(action.pick, action.by)
  if (!picked) return
  const limit = action.since === 'no' || !device.condstore ? null : limitOf(side, picked.uids, action.since)
  const wasRight = new Set(
    picked.uids.filter(uid => believed.of(uid)!.flags && side.agreed.get(uid) === mailbox.messages.get(uid)?.changes),
  )
  const modified = new Set<number>()
  const command = await device.say(
    {
      name: 'STORE',
      numbering: picked.by,
      onEnd: ended => {
        for (const uid of device.modifiedBy(ended)) modified.add(uid)
        if (silent && ended.status === 'OK') device.assume(picked.uids, modified, ended, how, flags)
      },
    },
    storeText(picked, action, limit),
  )
  if (believed.readOnly) {
    assert.equal(command.status, 'NO', 'STORE changed a mailbox that is open for reading only')
    return truth.agree(side, picked.by)
  }
  assert.equal(command.status, 'OK', command.text)
  for (const uid of picked.uids) {
    const message = mailbox.messages.get(uid)
    if (!message) continue
    if (limit !== null) {
      if (message.modseq !== null && message.modseq <= limit)
        assert.ok(!modified.has(uid), `UID ${uid} has modseq ${message.modseq} and was not changed`)
      if (message.leastModseq > limit)
        assert.ok(modified.has(uid), `UID ${uid} was changed after ${limit} and is changed again`)
    }
    if (modified.has(uid)) continue
    mailbox.store(uid, how, flags.map(lower))
    if (!silent) assert.ok(command.told.has(uid), `the new flags of UID ${uid} were not told`)
    else if (wasRight.has(uid))
      assert.ok(!command.told.has(uid), `the flags of UID ${uid} were told in spite of .SILENT`)
  }
  truth.agree(side, picked.by)
}

function limitOf({ device }: Side, uids: readonly number[], since: 'zero' | 'known' | 'high'): number {
  if (since === 'zero') return 0
  const known = uids.map(uid => device.believed!.of(uid)?.modseq ?? 0)
  return since === 'known' ? Math.max(...known) : 9_000_000_000
}

export async function copy(truth: Truth, side: Side, { act, by, pick, box }: Of<'copy' | 'move'>): Promise<void> {
  const { device } = side
  const mailbox = side.mailbox!
  const picked = device.pick(pick, by)
  if (!picked) return
  const target = truth.named(box)
  const name = act.toUpperCase()
  const text = copyText(picked, act, truth.path(box))
  const command = await device.say({ name, numbering: picked.by }, text)
  const present = picked.uids.filter(uid => mailbox.messages.has(uid))
  if (act === 'move' && device.believed!.readOnly) assert.equal(command.status, 'NO')
  else if (!target) assert.match(`${command.status} ${command.text}`, /^NO \[TRYCREATE\]/)
  // A copy is whole or none: by number, of messages that are gone, it is refused. RFC 9051 §6.4.7, RFC 2180 §4.4
  else if (act === 'copy' && picked.by === 'seq' && present.length < picked.uids.length)
    assert.match(`${command.status} ${command.text}`, /^NO \[EXPUNGEISSUED\]/)
  else if (present.length > 0) copied(truth, command, mailbox, present, target, act === 'move')
  truth.agree(side)
}

function copied(
  truth: Truth,
  { status, text, replies }: Command,
  mailbox: Mailbox,
  present: number[],
  target: Mailbox,
  moves: boolean,
): void {
  const told = moves ? replies.map(reply => reply.text).find(reply => reply.includes('[COPYUID')) : text
  const [, uidValidity, from = '', to = ''] = /\[COPYUID (\d+) (\S+) (\S+)\]/.exec(told ?? '') ?? []
  assert.ok(status === 'OK' && uidValidity, `was answered ${status} ${text}`)
  truth.account.heardUidValidity(target, Number(uidValidity))
  assert.deepEqual(setOf(from), present, 'COPYUID names other messages than those that are there')
  const uids = setOf(to)
  assert.equal(uids.length, present.length, `COPYUID pairs ${from} with ${to}`)
  for (const [i, uid] of present.entries()) {
    const { body, flags } = mailbox.messages.get(uid)!
    target.add(uids[i]!, body, flags)
  }
  if (moves) for (const uid of present) mailbox.messages.delete(uid)
}

export async function fetch(truth: Truth, side: Side, { by, pick, what }: Of<'fetch'>): Promise<void> {
  const { device } = side
  const picked = device.pick(pick, by)
  if (!picked) return
  const { status, text, fetched } = await device.say(
    { name: 'FETCH', numbering: picked.by },
    fetchText(device, picked, what),
  )
  assert.equal(status, 'OK', text)
  for (const uid of picked.uids) assert.ok(fetched.has(uid), `FETCH said nothing of UID ${uid}: ${text}`)
  if (what === 'body' && !device.believed!.readOnly) {
    for (const uid of picked.uids) if (side.mailbox!.messages.has(uid)) side.mailbox!.store(uid, '+', ['\\seen'])
  }
  truth.agree(side, picked.by)
}

export async function search(truth: Truth, side: Side, action: Of<'search'>): Promise<void> {
  const { by, flag, without } = action
  const { device } = side
  const numbering = device.uidOnly ? 'uid' : by
  let found: number[] = []
  const { replies } = await device.say(
    {
      name: 'SEARCH',
      numbering,
      // Numbers are those of the moment in which the answer came.
      onEnd: ended => {
        const numbers = device.foundBy(ended)
        found =
          numbering === 'uid' ? numbers : numbers.map(number => device.believed!.entries[number - 1]?.uid ?? -number)
      },
    },
    searchText(numbering, action),
  )
  truth.agree(side, numbering)
  // Messages that came with this command had no UID yet when the answer did.
  found = found.map(uid => (uid < 0 ? (device.believed!.entries[-uid - 1]?.uid ?? uid) : uid))
  const { messages } = side.mailbox!
  const expected = side.mailbox!.uids.filter(uid => messages.get(uid)!.flags.has(lower(flag)) !== without)
  const present = found.filter(uid => messages.has(uid))
  assert.deepEqual(present, expected, `SEARCH found ${found}: ${replies.map(({ text }) => text).join(' | ')}`)
  for (const uid of found) assert.ok(side.mailbox!.bodies.has(uid), `SEARCH found UID ${uid}, which never was`)
}

export async function expunge(truth: Truth, side: Side, action: Action): Promise<void> {
  const { device } = side
  const mailbox = side.mailbox!
  const picked = action.act === 'uidExpunge' ? device.pick(action.pick, 'uid') : null
  if (action.act === 'uidExpunge' && !picked) return
  const counted = device.believed!.uids
  const { status, text } = await device.say({ name: 'EXPUNGE' }, picked ? `UID EXPUNGE ${picked.set}` : 'EXPUNGE')
  if (device.believed!.readOnly) {
    assert.equal(status, 'NO', 'EXPUNGE changed a mailbox that is open for reading only')
    return truth.agree(side)
  }
  assert.equal(status, 'OK', text)
  const gone = mailbox.with('\\deleted').filter(uid => (picked?.uids ?? counted).includes(uid))
  for (const uid of gone) mailbox.messages.delete(uid)
  if (gone.length > 0 && device.qresync) assert.match(text, /^\[HIGHESTMODSEQ \d+\]/)
  truth.agree(side)
}
