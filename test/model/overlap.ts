/**
 * Plays a history with all devices at once, half of them sending on without waiting for answers. In which order things happen nobody
 * knows; but no rule is broken, nothing told contradicts another, and when all is quiet everybody believes what is.
 */
import assert from 'node:assert/strict'
import type { Fetched, Memory } from './believed.ts'
import { Device, type Place } from './device.ts'
import { type Action, boxes, type History, type Of, type Step } from './history.ts'
import { Ledger } from './ledger.ts'
import { agree, canHurry, check } from './rules.ts'
import { setOf } from './sets.ts'
import { copyText, fetchText, searchText, storeText } from './texts.ts'
import { Closed, type Command } from './wire.ts'

/** Commands of one device that are on their way. */
type Lane = { readonly device: Device; readonly hurries: boolean; flying: Promise<unknown>[] }

const MOST_FLYING = 4

export class Overlap {
  readonly #ledger = new Ledger()
  readonly #lanes: Lane[]
  readonly #prefix: string
  readonly #place: Place
  readonly #transcript: string[]
  #bodies = 0
  #deletes = false

  constructor({ devices }: History, place: Place, prefix: string, transcript: string[]) {
    this.#prefix = prefix
    this.#place = place
    this.#transcript = transcript
    this.#lanes = devices.map((profile, i) => ({
      device: new Device(String.fromCharCode(65 + i), profile, place, transcript),
      hurries: i % 2 === 1,
      flying: [],
    }))
  }

  async play({ mail, steps }: History): Promise<void> {
    try {
      const first = this.#lanes[0]!
      for (const { device } of this.#lanes) await device.connect()
      for (const box of [0, 1]) await first.device.ok('CREATE', `CREATE ${this.#path(box)}`)
      if (mail > 0) await this.#append(first.device, { act: 'append', box: 0, count: mail, flags: [] })
      this.#deletes = steps.some(({ act }) => act === 'delete')
      await this.#allOf(
        this.#lanes.map((lane, i) =>
          this.#run(
            lane,
            steps.filter(({ who }) => who % this.#lanes.length === i),
          ),
        ),
      )
      await this.#compare()
    } finally {
      for (const { device } of this.#lanes) await device.go()
    }
  }

  /** The first failure counts, but nobody is left running. */
  async #allOf(work: readonly Promise<unknown>[]): Promise<void> {
    for (const end of await Promise.allSettled(work)) if (end.status === 'rejected') throw end.reason
  }

  async #run(lane: Lane, steps: readonly Step[]): Promise<void> {
    for (const step of steps) {
      try {
        await this.#step(lane, step)
      } catch (error) {
        await this.#forgive(lane, error)
      }
    }
    try {
      await this.#quiet(lane)
    } catch (error) {
      await this.#forgive(lane, error)
    }
  }

  /** A session whose mailbox was deleted is cut, whatever it was doing. RFC 2180 §3.3 */
  async #forgive(lane: Lane, error: unknown): Promise<void> {
    if (!(error instanceof Closed && this.#deletes)) throw error
    await Promise.allSettled(lane.flying.splice(0))
    await this.#reconnect(lane.device, 'nothing')
  }

  async #quiet(lane: Lane): Promise<void> {
    await this.#allOf(lane.flying.splice(0))
    if (lane.device.idling) await lane.device.done()
  }

  async #step(lane: Lane, { who: _, ...action }: Step): Promise<void> {
    const { device } = lane
    if (device.failure) throw device.failure
    if (device.idling) await device.done()
    const alone = !lane.hurries || !canHurry(device, action) || lane.flying.length >= MOST_FLYING
    if (alone) await this.#allOf(lane.flying.splice(0))
    const wantsMailbox = !['append', 'select', 'status', 'create', 'delete', 'rename', 'reconnect'].includes(action.act)
    if (wantsMailbox && !device.selected) {
      await this.#allOf(lane.flying.splice(0))
      if (!(await this.#select(device, 0, false))) return
    }
    if ('pick' in action && device.believed!.entries.some(({ uid }) => uid === null)) {
      await this.#allOf(lane.flying.splice(0))
      await device.learn()
    }
    const done = this.#do(device, action)
    if (alone) await done
    else {
      done.catch(() => {})
      lane.flying.push(done)
    }
  }

  async #do(device: Device, action: Action): Promise<void> {
    switch (action.act) {
      case 'append':
        return await this.#append(device, action)
      case 'store':
        return await this.#store(device, action)
      case 'copy':
      case 'move':
        return await this.#copy(device, action)
      case 'fetch':
        return await this.#fetch(device, action)
      case 'search':
        return await this.#search(device, action)
      case 'uidExpunge': {
        const picked = device.pick(action.pick, 'uid')
        if (picked) await this.#say(device, 'EXPUNGE', 'uid', `UID EXPUNGE ${picked.set}`)
        return
      }
      case 'expunge':
      case 'noop':
        await this.#say(device, action.act.toUpperCase(), 'uid', action.act.toUpperCase())
        return
      case 'close':
      case 'unselect':
        device.deselected()
        await this.#say(device, action.act.toUpperCase(), 'uid', action.act.toUpperCase())
        return
      case 'select':
        await this.#select(device, action.box, action.readOnly)
        return
      case 'status': {
        const items = `MESSAGES UIDNEXT UNSEEN SIZE${device.condstore ? ' HIGHESTMODSEQ' : ''}`
        await this.#say(device, 'STATUS', 'uid', `STATUS ${this.#path(action.box)} (${items})`)
        return
      }
      case 'create':
        await this.#say(device, 'CREATE', 'uid', `CREATE ${this.#path(action.box)}`)
        return
      case 'delete':
        await this.#delete(device, action.box)
        return
      case 'rename':
        await this.#say(device, 'RENAME', 'uid', `RENAME ${this.#path(action.box)} ${this.#path(action.to)}`)
        return
      case 'idle':
      case 'hear':
        return await device.idle()
      case 'reconnect':
        return await this.#reconnect(device, action.known)
    }
  }

  async #say(device: Device, name: string, numbering: 'seq' | 'uid', text: string): Promise<Command> {
    return check(await device.say({ name, numbering }, text), text)
  }

  async #append(device: Device, { box, count, flags }: Of<'append'>): Promise<void> {
    const bodies = Array.from({ length: count }, () => {
      const number = ++this.#bodies
      return Buffer.from(
        `Subject: ${number}\r\nMessage-ID: <${number}@${this.#prefix}>\r\n\r\n${'Tick. '.repeat(number)}\r\n`,
      )
    })
    for (const body of bodies) this.#ledger.sends(body)
    const pieces = bodies.flatMap(body => [` (${flags.join(' ')}) `, body])
    const onEnd = ({ text }: Command) => {
      const [, uidValidity, set = ''] = /^\[APPENDUID (\d+) (\S+)\]/.exec(text) ?? []
      if (uidValidity) this.#ledger.appended(Number(uidValidity), setOf(set), bodies, flags.includes('\\Deleted'))
    }
    check(await device.say({ name: 'APPEND', onEnd }, `APPEND ${this.#path(box)}`, ...pieces), 'APPEND')
  }

  async #store(device: Device, action: Of<'store'>): Promise<void> {
    const { by, pick, how, silent, flags, since } = action
    const picked = device.pick(pick, by)
    if (!picked) return
    const believed = device.believed!
    if (how !== '-' && flags.includes('\\Deleted')) {
      this.#ledger.deletes(believed.uidValidity, picked.uids)
      if (pick.style === 'all' || pick.style === 'star') this.#ledger.deletesAny(believed.uidValidity)
    }
    const limit = since === 'zero' ? 0 : Math.max(...picked.uids.map(uid => believed.of(uid)?.modseq ?? 0))
    const unchangedSince = since === 'no' || !device.condstore ? null : limit
    const onEnd = (ended: Command) => {
      if (!silent || ended.status !== 'OK' || device.believed !== believed) return
      device.assume(picked.uids, new Set(device.modifiedBy(ended)), ended, how, flags)
    }
    const text = storeText(picked, action, unchangedSince)
    check(await device.say({ name: 'STORE', numbering: picked.by, onEnd }, text), text)
  }

  async #copy(device: Device, { act, by, pick, box }: Of<'copy' | 'move'>): Promise<void> {
    const picked = device.pick(pick, by)
    if (!picked) return
    const { uidValidity } = device.believed!
    const name = act.toUpperCase()
    const onEnd = ({ replies, text }: Command) => {
      for (const told of [...replies.map(reply => reply.text), text])
        this.#ledger.copied(uidValidity, told, act === 'move')
    }
    const text = copyText(picked, act, this.#path(box))
    check(await device.say({ name, numbering: picked.by, onEnd }, text), text)
  }

  async #fetch(device: Device, { by, pick, what }: Of<'fetch'>): Promise<void> {
    const picked = device.pick(pick, by)
    if (!picked) return
    const text = fetchText(device, picked, what)
    const { status, fetched } = await this.#say(device, 'FETCH', picked.by, text)
    if (status !== 'OK' || picked.by === 'uid') return
    for (const uid of picked.uids) assert.ok(fetched.has(uid), `FETCH said nothing of UID ${uid}`)
  }

  async #search(device: Device, action: Of<'search'>): Promise<void> {
    const numbering = device.uidOnly ? 'uid' : action.by
    const text = searchText(numbering, action)
    const onEnd = (ended: Command) => {
      if (ended.status !== 'OK' || numbering === 'uid') return
      for (const number of device.foundBy(ended)) assert.ok(number <= device.believed!.exists, `SEARCH found ${number}`)
    }
    check(await device.say({ name: 'SEARCH', numbering, onEnd }, text), text)
  }

  async #delete(device: Device, box: number): Promise<void> {
    const { status } = await this.#say(device, 'DELETE', 'uid', `DELETE ${this.#path(box)}`)
    // Its own mailbox, under whatever name, is closed with it; what it has is seen when it selects again.
    if (status !== 'OK' || !device.selected) return
    device.deselected()
    await device.say({ name: 'UNSELECT' }, 'NOOP')
    await this.#select(device, box, true)
  }

  async #select(
    device: Device,
    box: number,
    readOnly: boolean,
    memory: Memory | null = null,
    how = '',
  ): Promise<boolean> {
    const fetched: (what: Fetched) => void = what => this.#ledger.fetched(device.believed!.uidValidity, what)
    const listener = { fetched, uidValidity: () => {} }
    const command = check(await device.select(this.#path(box), readOnly, listener, memory, how), 'SELECT')
    if (command.status !== 'OK') return false
    await device.learn()
    return true
  }

  async #reconnect(device: Device, known: 'nothing' | 'uids' | 'samples'): Promise<void> {
    const before = device.selected
    await device.go()
    await device.connect()
    if (before === null) return
    const box = boxes.findIndex((_, i) => this.#path(i) === before)
    const memory = device.qresync && device.memory?.box === before ? device.memory.memory : null
    await this.#select(device, box, false, memory, memory ? device.resyncWith(memory, known) : '')
  }

  /** Nobody changes anything any more: what each believes, and what each learns by a resync, is what a newcomer sees. */
  async #compare(): Promise<void> {
    const newcomer = new Device('Z', 'condstore', this.#place, this.#transcript)
    try {
      await newcomer.connect()
      for (const box of boxes.keys()) {
        if (!(await this.#select(newcomer, box, true))) continue
        await newcomer.ok('FETCH', 'UID FETCH 1:4294967295 (UID FLAGS MODSEQ RFC822.SIZE BODY.PEEK[])')
        const { uidValidity } = newcomer.believed!
        this.#ledger.settles(uidValidity, new Set(newcomer.believed!.uids))
        for (const { device } of this.#lanes) {
          if (device.failure instanceof Closed && this.#deletes) continue
          if (device.believed?.uidValidity !== uidValidity) continue
          await device.ok('NOOP', 'NOOP')
          await device.learn()
          agree(device, newcomer)
          if (!device.qresync) continue
          await this.#reconnect(device, 'nothing')
          if (device.believed?.uidValidity === uidValidity) agree(device, newcomer)
        }
        await newcomer.ok('UNSELECT', 'UNSELECT')
      }
      for (const box of boxes.keys()) await newcomer.say({ name: 'DELETE' }, `DELETE ${this.#path(box)}`)
    } finally {
      await newcomer.go()
    }
  }

  #path(box: number): string {
    return `${this.#prefix}${boxes[box]}`
  }
}
