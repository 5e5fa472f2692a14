/** What an account holds by the book: the simplest thing that can be right. Commands of a history are carried out here too, and compared. */

export type Message = {
  readonly body: Buffer
  readonly flags: Set<string>
  /** The modseq some client was told of since the last change; null when nobody has been yet. */
  modseq: number | null
  /** How often its flags became others. */
  changes: number
  /** No modseq told from now on may be below this. */
  leastModseq: number
}

export class Mailbox {
  /** null until a client was told. */
  uidValidity: number | null = null
  uidNext = 1
  readonly messages = new Map<number, Message>()
  /** Bodies of all messages there ever were. */
  readonly bodies = new Map<number, Buffer>()
  /** The highest modseq anybody was told of. */
  highestModseq = 0

  get uids(): number[] {
    return [...this.messages.keys()]
  }

  with(flag: string): number[] {
    return this.uids.filter(uid => this.messages.get(uid)!.flags.has(flag))
  }

  get octets(): number {
    return [...this.messages.values()].reduce((sum, { body }) => sum + body.length, 0)
  }

  add(uid: number, body: Buffer, flags: Iterable<string>): void {
    if (uid < this.uidNext) throw new Error(`UID ${uid} was given, though UIDs up to ${this.uidNext - 1} were in use`)
    const leastModseq = this.highestModseq + 1
    this.messages.set(uid, { body, flags: new Set(flags), modseq: null, changes: 0, leastModseq })
    this.bodies.set(uid, body)
    this.uidNext = uid + 1
  }

  /** Answers whether the flags are different now. */
  store(uid: number, how: '+' | '-' | '', flags: readonly string[]): boolean {
    const message = this.messages.get(uid)!
    const before = [...message.flags].sort().join(' ')
    if (how === '') message.flags.clear()
    for (const flag of flags) {
      if (how === '-') message.flags.delete(flag)
      else message.flags.add(flag)
    }
    if ([...message.flags].sort().join(' ') === before) return false
    message.changes += 1
    message.modseq = null
    message.leastModseq = this.highestModseq + 1
    return true
  }

  /** A client heard the modseq of a message as it is now. */
  heard(uid: number, modseq: number): void {
    const message = this.messages.get(uid)
    this.highestModseq = Math.max(this.highestModseq, modseq)
    if (!message) return
    if (modseq < message.leastModseq)
      throw new Error(`UID ${uid} changed, but its modseq ${modseq} is not above what was told before the change`)
    if (message.modseq !== null && message.modseq !== modseq)
      throw new Error(`UID ${uid} has modseq ${modseq} after ${message.modseq} without a change`)
    message.modseq = modseq
    message.leastModseq = modseq
  }
}

export class Account {
  readonly byName = new Map<string, Mailbox>()

  /** UIDVALIDITY of a mailbox as told: the same for ever, and no other's. */
  heardUidValidity(mailbox: Mailbox, uidValidity: number): void {
    if (mailbox.uidValidity === null) {
      for (const other of this.byName.values()) {
        if (other.uidValidity === uidValidity) throw new Error(`two mailboxes have UIDVALIDITY ${uidValidity}`)
      }
      mailbox.uidValidity = uidValidity
    }
    if (mailbox.uidValidity !== uidValidity)
      throw new Error(`UIDVALIDITY is ${uidValidity} after ${mailbox.uidValidity}`)
  }
}
