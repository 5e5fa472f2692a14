/** Commands about mailboxes, and APPEND, carried out by a device and in the model. */
import assert from 'node:assert/strict'
import { Mailbox } from './account.ts'
import type { Fetched, Memory } from './believed.ts'
import { lower } from './flags.ts'
import type { Of } from './history.ts'
import { setOf } from './sets.ts'
import type { Side, Truth } from './truth.ts'

export async function append(truth: Truth, side: Side, { box, count, flags }: Of<'append'>): Promise<void> {
  const target = truth.named(box)
  const bodies = Array.from({ length: count }, () => truth.body())
  const pieces = bodies.flatMap(body => [` (${flags.join(' ')}) `, body])
  const { status, text } = await side.device.say({ name: 'APPEND' }, `APPEND ${truth.path(box)}`, ...pieces)
  if (!target) {
    assert.match(`${status} ${text}`, /^NO \[TRYCREATE\]/)
  } else {
    const [, uidValidity, set = ''] = /^\[APPENDUID (\d+) (\S+)\]/.exec(text) ?? []
    assert.ok(status === 'OK' && uidValidity, `APPEND was answered ${status} ${text}`)
    truth.account.heardUidValidity(target, Number(uidValidity))
    const uids = setOf(set)
    assert.equal(uids.length, count, `APPENDUID names ${set} for ${count} messages`)
    for (const [i, uid] of uids.entries()) target.add(uid, bodies[i]!, flags.map(lower))
  }
  truth.agree(side)
}

export async function select(
  truth: Truth,
  side: Side,
  box: number,
  readOnly: boolean,
  memory: Memory | null = null,
  how = '',
): Promise<void> {
  const { device } = side
  side.heard = []
  side.mailbox = truth.named(box) ?? null
  const { mailbox } = side
  const listener = {
    fetched: (fetched: Fetched) => side.heard.push(fetched),
    uidValidity: (value: number) => mailbox && truth.account.heardUidValidity(mailbox, value),
  }
  const { status, text, replies } = await device.select(truth.path(box), readOnly, listener, memory, how)
  if (!mailbox) return assert.match(`${status} ${text}`, /^NO \[NONEXISTENT\]/)
  assert.equal(status, 'OK', text)
  const said = replies.map(reply => reply.text).join('\n')
  assert.equal(Number(/\[UIDNEXT (\d+)\]/.exec(said)?.[1]), mailbox.uidNext, 'UIDNEXT')
  const highest = Number(/\[HIGHESTMODSEQ (\d+)\]/.exec(said)?.[1])
  assert.ok(highest >= mailbox.highestModseq, `HIGHESTMODSEQ ${highest} is below ${mailbox.highestModseq}`)
  truth.agree(side)
  await device.learn()
  truth.agree(side)
}

export async function leave(side: Side, act: 'close' | 'unselect'): Promise<void> {
  const { device } = side
  const expunges = act === 'close' && !device.believed!.readOnly
  device.deselected()
  await device.ok(act.toUpperCase(), act.toUpperCase())
  if (expunges) for (const uid of side.mailbox!.with('\\deleted')) side.mailbox!.messages.delete(uid)
  side.mailbox = null
}

export async function status(truth: Truth, side: Side, box: number): Promise<void> {
  const { device } = side
  const mailbox = truth.named(box)
  const items = `MESSAGES UIDNEXT UNSEEN SIZE${device.rev2 ? ' DELETED' : ''}`
  const { status, text, replies } = await device.say({ name: 'STATUS' }, `STATUS ${truth.path(box)} (${items})`)
  if (mailbox) {
    assert.equal(status, 'OK', text)
    const said = replies.find(reply => reply.text.startsWith('* STATUS'))?.text ?? ''
    const [messages, uidNext, unseen, octets, deleted] = items
      .split(' ')
      .map(item => Number(new RegExp(`\\b${item} (\\d+)`).exec(said)?.[1]))
    const { uids } = mailbox
    assert.deepEqual(
      [messages, uidNext, unseen, octets, deleted ?? mailbox.with('\\deleted').length],
      [
        uids.length,
        mailbox.uidNext,
        uids.length - mailbox.with('\\seen').length,
        mailbox.octets,
        mailbox.with('\\deleted').length,
      ],
      said,
    )
  } else assert.match(`${status} ${text}`, /^NO \[NONEXISTENT\]/)
  truth.agree(side)
}

export async function create(truth: Truth, side: Side, box: number): Promise<void> {
  const { status, text } = await side.device.say({ name: 'CREATE' }, `CREATE ${truth.path(box)}`)
  if (truth.named(box)) assert.match(`${status} ${text}`, /^NO \[ALREADYEXISTS\]/)
  else {
    assert.equal(status, 'OK', text)
    truth.account.byName.set(truth.path(box), new Mailbox())
  }
  truth.agree(side)
}

export async function remove(truth: Truth, side: Side, box: number): Promise<void> {
  const { device } = side
  const { status, text } = await device.say({ name: 'DELETE' }, `DELETE ${truth.path(box)}`)
  const mailbox = truth.named(box)
  if (!mailbox) assert.match(`${status} ${text}`, /^NO \[NONEXISTENT\]/)
  else {
    assert.equal(status, 'OK', text)
    truth.account.byName.delete(truth.path(box))
    if (side.mailbox === mailbox) {
      device.deselected()
      side.mailbox = null
    }
  }
  truth.agree(side)
}

export async function rename(truth: Truth, side: Side, box: number, to: number): Promise<void> {
  const { status, text } = await side.device.say({ name: 'RENAME' }, `RENAME ${truth.path(box)} ${truth.path(to)}`)
  const mailbox = truth.named(box)
  if (!mailbox) assert.match(`${status} ${text}`, /^NO \[NONEXISTENT\]/)
  else if (truth.named(to)) assert.match(`${status} ${text}`, /^NO \[ALREADYEXISTS\]/)
  else {
    assert.equal(status, 'OK', text)
    truth.account.byName.delete(truth.path(box))
    truth.account.byName.set(truth.path(to), mailbox)
  }
  truth.agree(side)
}

export async function noop(truth: Truth, side: Side): Promise<void> {
  await side.device.ok('NOOP', 'NOOP')
  truth.agree(side)
  await side.device.learn()
  truth.agree(side)
}
