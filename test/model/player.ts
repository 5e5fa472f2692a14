/** Plays a history one command after another and compares every answer with the model. */
import assert from 'node:assert/strict'
import { eventually } from '#test/eventually.ts'
import { Account, Mailbox } from './account.ts'
import type { Fetched, Memory } from './believed.ts'
import { Device, type Place } from './device.ts'
import { lower, same } from './flags.ts'
import { type Action, boxes, type History, type Step } from './history.ts'
import { setOf } from './sets.ts'
import { Closed, type Command } from './wire.ts'

/** A device with the model's side of it: the mailbox of the model it has open, and what it was told since they were compared; `agreed` has
 * how often each message had changed then. */
type Side = { readonly device: Device; mailbox: Mailbox | null; heard: Fetched[]; agreed: Map<number, number> }

type Of<Name extends Action['act']> = Action & { act: Name }

/** Actions that mean nothing without a mailbox. */
const inMailbox = [
  'store',
  'copy',
  'move',
  'fetch',
  'uidExpunge',
  'search',
  'expunge',
  'close',
  'unselect',
  'noop',
  'idle',
]

export class Player {
  readonly #account = new Account()
  readonly #sides: Side[]
  readonly #prefix: string
  readonly #place: Place
  readonly #transcript: string[]
  #bodies = 0

  constructor({ devices }: History, place: Place, prefix: string, transcript: string[]) {
    this.#prefix = prefix
    this.#place = place
    this.#transcript = transcript
    this.#sides = devices.map((profile, i) => ({
      device: new Device(String.fromCharCode(65 + i), profile, place, transcript),
      mailbox: null,
      heard: [],
      agreed: new Map(),
    }))
  }

  async play({ mail, steps }: History): Promise<void> {
    try {
      const first = this.#sides[0]!
      for (const { device } of this.#sides) await device.connect()
      for (const box of [0, 1]) await this.#do(first, { act: 'create', box })
      if (mail > 0) await this.#do(first, { act: 'append', box: 0, count: mail, flags: [] })
      for (const step of steps) await this.#step(step)
      for (const side of this.#sides) await this.#finish(side)
      await this.#compareAfresh()
    } finally {
      for (const { device } of this.#sides) await device.go()
    }
  }

  async #step({ who, ...action }: Step): Promise<void> {
    const side = this.#sides[who % this.#sides.length]!
    const { device } = side
    this.#isSound(side)
    if (device.idling && action.act === 'hear') return await this.#hear(side)
    if (action.act !== 'reconnect') await this.#endIdle(side)
    if (inMailbox.includes(action.act)) {
      if (this.#isLost(side)) await this.#reconnect(side, 'nothing')
      if (!device.selected && this.#named(0)) await this.#select(side, 0, false)
      if (!device.selected) return
      // Announced with a NO, so that nothing was compared.
      if (device.believed!.entries.some(({ uid }) => uid === null)) await device.learn()
    }
    await this.#do(side, action)
    if (device.isCut) await this.#reconnect(side, 'nothing')
  }

  async #do(side: Side, action: Action): Promise<void> {
    switch (action.act) {
      case 'append':
        return await this.#append(side, action)
      case 'store':
        return await this.#store(side, action)
      case 'copy':
      case 'move':
        return await this.#copy(side, action)
      case 'fetch':
        return await this.#fetch(side, action)
      case 'search':
        return await this.#search(side, action)
      case 'expunge':
      case 'uidExpunge':
        return await this.#expunge(side, action)
      case 'select':
        return await this.#select(side, action.box, action.readOnly)
      case 'close':
      case 'unselect':
        return await this.#leave(side, action.act)
      case 'status':
        return await this.#status(side, action.box)
      case 'create':
        return await this.#create(side, action.box)
      case 'delete':
        return await this.#delete(side, action.box)
      case 'rename':
        return await this.#rename(side, action.box, action.to)
      case 'noop':
        return await this.#noop(side)
      case 'idle':
        return await side.device.idle()
      case 'reconnect':
        return await this.#reconnect(side, action.known)
      case 'hear':
        return
    }
  }

  async #append(side: Side, { box, count, flags }: Of<'append'>): Promise<void> {
    const target = this.#named(box)
    const bodies = Array.from({ length: count }, () => this.#body())
    const pieces = bodies.flatMap(body => [` (${flags.join(' ')}) `, body])
    const { status, text } = await side.device.say({ name: 'APPEND' }, `APPEND ${this.#path(box)}`, ...pieces)
    if (!target) {
      assert.match(`${status} ${text}`, /^NO \[TRYCREATE\]/)
    } else {
      const [, uidValidity, set = ''] = /^\[APPENDUID (\d+) (\S+)\]/.exec(text) ?? []
      assert.ok(status === 'OK' && uidValidity, `APPEND was answered ${status} ${text}`)
      this.#account.heardUidValidity(target, Number(uidValidity))
      const uids = setOf(set)
      assert.equal(uids.length, count, `APPENDUID names ${set} for ${count} messages`)
      for (const [i, uid] of uids.entries()) target.add(uid, bodies[i]!, flags.map(lower))
    }
    this.#agree(side)
  }

  #body(): Buffer {
    const number = ++this.#bodies
    const text = 'All work and no play. '.repeat(number % 7)
    return Buffer.from(`Subject: Number ${number}\r\nMessage-ID: <${number}@${this.#prefix}>\r\n\r\n${text}\r\n`)
  }

  async #store(side: Side, action: Of<'store'>): Promise<void> {
    const { device } = side
    const { how, silent, flags } = action
    const mailbox = side.mailbox!
    const believed = device.believed!
    const picked = device.pick(action.pick, action.by)
    if (!picked) return
    const limit = action.since === 'no' || !device.condstore ? null : this.#since(side, picked.uids, action.since)
    const wasRight = new Set(
      picked.uids.filter(uid => believed.of(uid)!.flags && side.agreed.get(uid) === mailbox.messages.get(uid)?.changes),
    )
    const unchangedSince = limit === null ? '' : `(UNCHANGEDSINCE ${limit}) `
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
      `${picked.by === 'uid' ? 'UID ' : ''}STORE ${picked.set} ${unchangedSince}${how}FLAGS${silent ? '.SILENT' : ''} (${flags.join(' ')})`,
    )
    if (believed.readOnly) {
      assert.equal(command.status, 'NO', 'STORE changed a mailbox that is open for reading only')
      return this.#agree(side, picked.by)
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
    this.#agree(side, picked.by)
  }

  #since({ device }: Side, uids: readonly number[], since: 'zero' | 'known' | 'high'): number {
    if (since === 'zero') return 0
    const known = uids.map(uid => device.believed!.of(uid)?.modseq ?? 0)
    return since === 'known' ? Math.max(...known) : 9_000_000_000
  }

  async #copy(side: Side, { act, by, pick, box }: Of<'copy' | 'move'>): Promise<void> {
    const { device } = side
    const mailbox = side.mailbox!
    const picked = device.pick(pick, by)
    if (!picked) return
    const target = this.#named(box)
    const name = act.toUpperCase()
    const text = `${picked.by === 'uid' ? 'UID ' : ''}${name} ${picked.set} ${this.#path(box)}`
    const command = await device.say({ name, numbering: picked.by }, text)
    const present = picked.uids.filter(uid => mailbox.messages.has(uid))
    if (act === 'move' && device.believed!.readOnly) assert.equal(command.status, 'NO')
    else if (!target) assert.match(`${command.status} ${command.text}`, /^NO \[TRYCREATE\]/)
    // A copy is whole or none: by number, of messages that are gone, it is refused. RFC 9051 §6.4.7, RFC 2180 §4.4
    else if (act === 'copy' && picked.by === 'seq' && present.length < picked.uids.length)
      assert.match(`${command.status} ${command.text}`, /^NO \[EXPUNGEISSUED\]/)
    else if (present.length > 0) this.#copied(command, mailbox, present, target, act === 'move')
    this.#agree(side)
  }

  #copied(
    { status, text, replies }: Command,
    mailbox: Mailbox,
    present: number[],
    target: Mailbox,
    moves: boolean,
  ): void {
    const told = moves ? replies.map(reply => reply.text).find(reply => reply.includes('[COPYUID')) : text
    const [, uidValidity, from = '', to = ''] = /\[COPYUID (\d+) (\S+) (\S+)\]/.exec(told ?? '') ?? []
    assert.ok(status === 'OK' && uidValidity, `was answered ${status} ${text}`)
    this.#account.heardUidValidity(target, Number(uidValidity))
    assert.deepEqual(setOf(from), present, 'COPYUID names other messages than those that are there')
    const uids = setOf(to)
    assert.equal(uids.length, present.length, `COPYUID pairs ${from} with ${to}`)
    for (const [i, uid] of present.entries()) {
      const { body, flags } = mailbox.messages.get(uid)!
      target.add(uids[i]!, body, flags)
    }
    if (moves) for (const uid of present) mailbox.messages.delete(uid)
  }

  async #fetch(side: Side, { by, pick, what }: Of<'fetch'>): Promise<void> {
    const { device } = side
    const picked = device.pick(pick, by)
    if (!picked) return
    const modseq = device.condstore ? ' MODSEQ' : ''
    const items = { flags: `FLAGS${modseq}`, peek: 'BODY.PEEK[] RFC822.SIZE', body: `BODY[]${modseq}` }[what]
    const { status, text, fetched } = await device.say(
      { name: 'FETCH', numbering: picked.by },
      `${picked.by === 'uid' ? 'UID ' : ''}FETCH ${picked.set} (UID ${items})`,
    )
    assert.equal(status, 'OK', text)
    for (const uid of picked.uids) assert.ok(fetched.has(uid), `FETCH said nothing of UID ${uid}: ${text}`)
    if (what === 'body' && !device.believed!.readOnly) {
      for (const uid of picked.uids) if (side.mailbox!.messages.has(uid)) side.mailbox!.store(uid, '+', ['\\seen'])
    }
    this.#agree(side, picked.by)
  }

  async #search(side: Side, { by, flag, without }: Of<'search'>): Promise<void> {
    const { device } = side
    const numbering = device.uidOnly ? 'uid' : by
    const key = flag.startsWith('\\') ? flag.slice(1).toUpperCase() : `KEYWORD ${flag}`
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
      `${numbering === 'uid' ? 'UID ' : ''}SEARCH ${without ? 'NOT ' : ''}${key}`,
    )
    this.#agree(side, numbering)
    // Messages that came with this command had no UID yet when the answer did.
    found = found.map(uid => (uid < 0 ? (device.believed!.entries[-uid - 1]?.uid ?? uid) : uid))
    const { messages } = side.mailbox!
    const expected = side.mailbox!.uids.filter(uid => messages.get(uid)!.flags.has(lower(flag)) !== without)
    const present = found.filter(uid => messages.has(uid))
    assert.deepEqual(present, expected, `SEARCH found ${found}: ${replies.map(({ text }) => text).join(' | ')}`)
    for (const uid of found) assert.ok(side.mailbox!.bodies.has(uid), `SEARCH found UID ${uid}, which never was`)
  }

  async #expunge(side: Side, action: Action): Promise<void> {
    const { device } = side
    const mailbox = side.mailbox!
    const picked = action.act === 'uidExpunge' ? device.pick(action.pick, 'uid') : null
    if (action.act === 'uidExpunge' && !picked) return
    const counted = device.believed!.uids
    const { status, text } = await device.say({ name: 'EXPUNGE' }, picked ? `UID EXPUNGE ${picked.set}` : 'EXPUNGE')
    if (device.believed!.readOnly) {
      assert.equal(status, 'NO', 'EXPUNGE changed a mailbox that is open for reading only')
      return this.#agree(side)
    }
    assert.equal(status, 'OK', text)
    const gone = mailbox.with('\\deleted').filter(uid => (picked?.uids ?? counted).includes(uid))
    for (const uid of gone) mailbox.messages.delete(uid)
    if (gone.length > 0 && device.qresync) assert.match(text, /^\[HIGHESTMODSEQ \d+\]/)
    this.#agree(side)
  }

  async #select(side: Side, box: number, readOnly: boolean, memory: Memory | null = null, how = ''): Promise<void> {
    const { device } = side
    side.heard = []
    side.mailbox = this.#named(box) ?? null
    const { mailbox } = side
    const listener = {
      fetched: (fetched: Fetched) => side.heard.push(fetched),
      uidValidity: (value: number) => mailbox && this.#account.heardUidValidity(mailbox, value),
    }
    const { status, text, replies } = await device.select(this.#path(box), readOnly, listener, memory, how)
    if (!mailbox) return assert.match(`${status} ${text}`, /^NO \[NONEXISTENT\]/)
    assert.equal(status, 'OK', text)
    const said = replies.map(reply => reply.text).join('\n')
    assert.equal(Number(/\[UIDNEXT (\d+)\]/.exec(said)?.[1]), mailbox.uidNext, 'UIDNEXT')
    const highest = Number(/\[HIGHESTMODSEQ (\d+)\]/.exec(said)?.[1])
    assert.ok(highest >= mailbox.highestModseq, `HIGHESTMODSEQ ${highest} is below ${mailbox.highestModseq}`)
    this.#agree(side)
    await device.learn()
    this.#agree(side)
  }

  async #leave(side: Side, act: 'close' | 'unselect'): Promise<void> {
    const { device } = side
    const expunges = act === 'close' && !device.believed!.readOnly
    device.deselected()
    await device.ok(act.toUpperCase(), act.toUpperCase())
    if (expunges) for (const uid of side.mailbox!.with('\\deleted')) side.mailbox!.messages.delete(uid)
    side.mailbox = null
  }

  async #status(side: Side, box: number): Promise<void> {
    const { device } = side
    const mailbox = this.#named(box)
    const items = `MESSAGES UIDNEXT UNSEEN SIZE${device.rev2 ? ' DELETED' : ''}`
    const { status, text, replies } = await device.say({ name: 'STATUS' }, `STATUS ${this.#path(box)} (${items})`)
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
    this.#agree(side)
  }

  async #create(side: Side, box: number): Promise<void> {
    const { status, text } = await side.device.say({ name: 'CREATE' }, `CREATE ${this.#path(box)}`)
    if (this.#named(box)) assert.match(`${status} ${text}`, /^NO \[ALREADYEXISTS\]/)
    else {
      assert.equal(status, 'OK', text)
      this.#account.byName.set(this.#path(box), new Mailbox())
    }
    this.#agree(side)
  }

  async #delete(side: Side, box: number): Promise<void> {
    const { device } = side
    const { status, text } = await device.say({ name: 'DELETE' }, `DELETE ${this.#path(box)}`)
    const mailbox = this.#named(box)
    if (!mailbox) assert.match(`${status} ${text}`, /^NO \[NONEXISTENT\]/)
    else {
      assert.equal(status, 'OK', text)
      this.#account.byName.delete(this.#path(box))
      if (side.mailbox === mailbox) {
        device.deselected()
        side.mailbox = null
      }
    }
    this.#agree(side)
  }

  async #rename(side: Side, box: number, to: number): Promise<void> {
    const { status, text } = await side.device.say({ name: 'RENAME' }, `RENAME ${this.#path(box)} ${this.#path(to)}`)
    const mailbox = this.#named(box)
    if (!mailbox) assert.match(`${status} ${text}`, /^NO \[NONEXISTENT\]/)
    else if (this.#named(to)) assert.match(`${status} ${text}`, /^NO \[ALREADYEXISTS\]/)
    else {
      assert.equal(status, 'OK', text)
      this.#account.byName.delete(this.#path(box))
      this.#account.byName.set(this.#path(to), mailbox)
    }
    this.#agree(side)
  }

  async #noop(side: Side): Promise<void> {
    await side.device.ok('NOOP', 'NOOP')
    this.#agree(side)
    await side.device.learn()
    this.#agree(side)
  }

  /** An idling device hears of everything without asking. */
  async #hear(side: Side): Promise<void> {
    const { device, mailbox } = side
    if (this.#isLost(side)) {
      await eventually('BYE after the mailbox was deleted', () => device.isCut, 2_000)
      return await this.#reconnect(side, 'nothing')
    }
    await eventually(
      `${device.name} to hear of everything in IDLE`,
      () => {
        if (device.failure) throw device.failure
        const { entries } = device.believed!
        const { messages } = mailbox!
        const known = entries.filter(({ uid, flags }) => uid !== null && flags !== null)
        return (
          entries.length === messages.size && known.every(({ uid, flags }) => same(flags, messages.get(uid!)?.flags))
        )
      },
      2_000,
    )
  }

  async #endIdle(side: Side): Promise<void> {
    const { device } = side
    if (!device.idling) return
    if (this.#isLost(side)) return await this.#reconnect(side, 'nothing')
    await device.done()
    // What was told while others went on changing things cannot be compared with how they are now.
    side.heard = []
    await device.learn()
    this.#agree(side)
  }

  async #reconnect(side: Side, known: 'nothing' | 'uids' | 'samples'): Promise<void> {
    const { device } = side
    const before = device.selected
    await device.go()
    side.mailbox = null
    await device.connect()
    if (before === null) return
    const box = boxes.findIndex((_, i) => this.#path(i) === before)
    const memory = device.qresync && device.memory?.box === before ? device.memory.memory : null
    if (!memory) return await this.#select(side, box, false)
    await this.#select(side, box, false, memory, device.resyncWith(memory, known))
  }

  /** When all is quiet every device knows everything, and a resync leads to the same. */
  async #finish(side: Side): Promise<void> {
    const { device } = side
    this.#isSound(side)
    await this.#endIdle(side)
    if (!device.selected || this.#isLost(side)) return
    await this.#noop(side)
    if (device.qresync) await this.#reconnect(side, 'nothing')
  }

  async #compareAfresh(): Promise<void> {
    const device = new Device('Z', 'condstore', this.#place, this.#transcript)
    const side: Side = { device, mailbox: null, heard: [], agreed: new Map() }
    try {
      await device.connect()
      for (const box of boxes.keys()) {
        if (!this.#named(box)) continue
        await this.#select(side, box, true)
        await device.say({ name: 'FETCH' }, 'UID FETCH 1:4294967295 (UID FLAGS RFC822.SIZE MODSEQ BODY.PEEK[])')
        this.#agree(side)
        await this.#status(side, box)
        await device.ok('UNSELECT', 'UNSELECT')
        device.deselected()
        await device.ok('DELETE', `DELETE ${this.#path(box)}`)
      }
    } finally {
      await device.go()
    }
  }

  /** Only a session whose mailbox is gone may be cut. RFC 2180 §3.3 */
  #isSound(side: Side): void {
    const { failure } = side.device
    if (failure && !(this.#isLost(side) && failure instanceof Closed)) throw failure
  }

  /** The mailbox it has open was deleted by another. */
  #isLost({ device, mailbox }: Side): boolean {
    return device.selected !== null && ![...this.#account.byName.values()].includes(mailbox!)
  }

  #path(box: number): string {
    return `${this.#prefix}${boxes[box]}`
  }

  #named(box: number): Mailbox | undefined {
    return this.#account.byName.get(this.#path(box))
  }

  /** What the device believes is how things are. Only what went may be held back, and that only while numbers are in use. */
  #agree(side: Side, numbering: 'seq' | 'uid' = 'uid'): void {
    const { device, mailbox } = side
    const { believed } = device
    if (!believed || !mailbox || device.lastStatus !== 'OK' || this.#isLost(side)) return
    const { messages } = mailbox
    const present = mailbox.uids
    this.#nameNew(side)
    if (numbering === 'uid') assert.deepEqual(believed.uids, present, `${device.name} counts other messages`)
    else
      assert.deepEqual(
        believed.uids.filter(uid => messages.has(uid)),
        present,
        `${device.name} misses messages`,
      )
    for (const { uid, flags, modseq } of believed.entries) {
      const message = messages.get(uid!)
      if (!message) continue
      if (flags)
        assert.ok(
          same(flags, message.flags),
          `${device.name} believes UID ${uid} has (${[...flags]}), not (${[...message.flags]})`,
        )
      if (device.condstore && modseq !== null) mailbox.heard(uid!, modseq)
    }
    for (const { uid, octets, body } of side.heard.splice(0)) {
      if (uid === null) continue
      const stored = mailbox.bodies.get(uid)
      assert.ok(stored, `there never was UID ${uid}`)
      if (body) assert.equal(body.toString('latin1'), stored.toString('latin1'), `the octets of UID ${uid}`)
      if (octets !== null) assert.equal(octets, stored.length, `RFC822.SIZE of UID ${uid}`)
    }
    side.agreed = new Map(present.map(uid => [uid, messages.get(uid)!.changes]))
    believed.remember()
  }

  /** Messages that were announced by EXISTS alone: with one command at a time it is known which they are. */
  #nameNew({ device, mailbox }: Side): void {
    const { entries } = device.believed!
    const nameless = entries.filter(({ uid }) => uid === null)
    const last = entries.findLast(({ uid }) => uid !== null)?.uid ?? 0
    const fresh = mailbox!.uids.filter(uid => uid > last)
    assert.equal(
      nameless.length,
      fresh.length,
      `${device.name} was told of ${nameless.length} new messages, there are ${fresh.length}`,
    )
    for (const [i, entry] of nameless.entries()) entry.uid = fresh[i]!
  }
}
