/** The model beside the devices of a history, and the comparison of the two. */
import assert from 'node:assert/strict'
import { Account, type Mailbox } from './account.ts'
import type { Fetched } from './believed.ts'
import type { Device } from './device.ts'
import { same } from './flags.ts'
import { boxes } from './history.ts'
import { Closed } from './wire.ts'

/**
 * A device with the model's side of it: the mailbox of the model it has open, and what it was told since they were compared; `agreed` has
 * how often each message had changed then.
 */
export type Side = { readonly device: Device; mailbox: Mailbox | null; heard: Fetched[]; agreed: Map<number, number> }

export const sideOf = (device: Device): Side => ({ device, mailbox: null, heard: [], agreed: new Map() })

export class Truth {
  readonly account = new Account()
  readonly #prefix: string
  #bodies = 0

  constructor(prefix: string) {
    this.#prefix = prefix
  }

  body(): Buffer {
    const number = ++this.#bodies
    const text = 'All work and no play. '.repeat(number % 7)
    return Buffer.from(`Subject: Number ${number}\r\nMessage-ID: <${number}@${this.#prefix}>\r\n\r\n${text}\r\n`)
  }

  /** The mailbox it has open was deleted by another. */
  isLost({ device, mailbox }: Side): boolean {
    return device.selected !== null && ![...this.account.byName.values()].includes(mailbox!)
  }

  /** Only a session whose mailbox is gone may be cut. RFC 2180 §3.3 */
  isSound(side: Side): void {
    const { failure } = side.device
    if (failure && !(this.isLost(side) && failure instanceof Closed)) throw failure
  }

  path(box: number): string {
    return `${this.#prefix}${boxes[box]}`
  }

  named(box: number): Mailbox | undefined {
    return this.account.byName.get(this.path(box))
  }

  /** What the device believes is how things are. Only what went may be held back, and that only while numbers are in use. */
  agree(side: Side, numbering: 'seq' | 'uid' = 'uid'): void {
    const { device, mailbox } = side
    const { believed } = device
    if (!believed || !mailbox || device.lastStatus !== 'OK' || this.isLost(side)) return
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
