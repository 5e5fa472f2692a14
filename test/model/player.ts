/** Plays a history one command after another and compares every answer with the model. */
import { eventually } from '#test/eventually.ts'
import { Device, type Place } from './device.ts'
import { same } from './flags.ts'
import { type Action, boxes, type History, type Step } from './history.ts'
import { append, create, leave, noop, remove, rename, select, status } from './on-mailboxes.ts'
import { copy, expunge, fetch, search, store } from './on-messages.ts'
import { type Side, sideOf, Truth } from './truth.ts'

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
  readonly #truth: Truth
  readonly #sides: Side[]
  readonly #place: Place
  readonly #transcript: string[]

  constructor({ devices }: History, place: Place, prefix: string, transcript: string[]) {
    this.#truth = new Truth(prefix)
    this.#place = place
    this.#transcript = transcript
    this.#sides = devices.map((profile, i) =>
      sideOf(new Device(String.fromCharCode(65 + i), profile, place, transcript)),
    )
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
    this.#truth.isSound(side)
    if (device.idling && action.act === 'hear') return await this.#hear(side)
    if (action.act !== 'reconnect') await this.#endIdle(side)
    if (inMailbox.includes(action.act)) {
      if (this.#truth.isLost(side)) await this.#reconnect(side, 'nothing')
      if (!device.selected && this.#truth.named(0)) await select(this.#truth, side, 0, false)
      if (!device.selected) return
      // Announced with a NO, so that nothing was compared. To ask who they are may bring the news of others.
      while (device.believed!.entries.some(({ uid }) => uid === null)) await device.learn()
    }
    await this.#do(side, action)
    if (device.isCut) await this.#reconnect(side, 'nothing')
  }

  async #do(side: Side, action: Action): Promise<void> {
    switch (action.act) {
      case 'append':
        return await append(this.#truth, side, action)
      case 'store':
        return await store(this.#truth, side, action)
      case 'copy':
      case 'move':
        return await copy(this.#truth, side, action)
      case 'fetch':
        return await fetch(this.#truth, side, action)
      case 'search':
        return await search(this.#truth, side, action)
      case 'expunge':
      case 'uidExpunge':
        return await expunge(this.#truth, side, action)
      case 'select':
        return await select(this.#truth, side, action.box, action.readOnly)
      case 'close':
      case 'unselect':
        return await leave(side, action.act)
      case 'status':
        return await status(this.#truth, side, action.box)
      case 'create':
        return await create(this.#truth, side, action.box)
      case 'delete':
        return await remove(this.#truth, side, action.box)
      case 'rename':
        return await rename(this.#truth, side, action.box, action.to)
      case 'noop':
        return await noop(this.#truth, side)
      case 'idle':
        return await side.device.idle()
      case 'reconnect':
        return await this.#reconnect(side, action.known)
      case 'hear':
        return
    }
  }

  /** An idling device hears of everything without asking. */
  async #hear(side: Side): Promise<void> {
    const { device, mailbox } = side
    if (this.#truth.isLost(side)) {
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
    if (this.#truth.isLost(side)) return await this.#reconnect(side, 'nothing')
    await device.done()
    // What was told while others went on changing things cannot be compared with how they are now.
    side.heard = []
    await device.learn()
    this.#truth.agree(side)
  }

  async #reconnect(side: Side, known: 'nothing' | 'uids' | 'samples'): Promise<void> {
    const { device } = side
    const before = device.selected
    await device.go()
    side.mailbox = null
    await device.connect()
    if (before === null) return
    const box = boxes.findIndex((_, i) => this.#truth.path(i) === before)
    const memory = device.qresync && device.memory?.box === before ? device.memory.memory : null
    if (!memory) return await select(this.#truth, side, box, false)
    await select(this.#truth, side, box, false, memory, device.resyncWith(memory, known))
  }

  /** When all is quiet every device knows everything, and a resync leads to the same. */
  async #finish(side: Side): Promise<void> {
    const { device } = side
    this.#truth.isSound(side)
    await this.#endIdle(side)
    if (!device.selected || this.#truth.isLost(side)) return
    await noop(this.#truth, side)
    if (device.qresync) await this.#reconnect(side, 'nothing')
  }

  async #compareAfresh(): Promise<void> {
    const device = new Device('Z', 'condstore', this.#place, this.#transcript)
    const side = sideOf(device)
    try {
      await device.connect()
      for (const box of boxes.keys()) {
        if (!this.#truth.named(box)) continue
        await select(this.#truth, side, box, true)
        await device.say({ name: 'FETCH' }, 'UID FETCH 1:4294967295 (UID FLAGS RFC822.SIZE MODSEQ BODY.PEEK[])')
        this.#truth.agree(side)
        await status(this.#truth, side, box)
        await device.ok('UNSELECT', 'UNSELECT')
        device.deselected()
        await device.ok('DELETE', `DELETE ${this.#truth.path(box)}`)
      }
    } finally {
      await device.go()
    }
  }
}
