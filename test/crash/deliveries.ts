/** Mail that comes into a user's INBOX by LMTP and by `rookery deliver`: what was accepted is there once, and nothing else is. */
import { ImapClient } from '#test/imap-client.ts'
import { deliver } from '#test/lmtp.ts'
import { Broken, judged, type Login, readBodies } from './lane.ts'
import { messageFor, messageIn } from './messages.ts'
import type { Random } from './random.ts'

/** Messages above which the INBOX is emptied. */
const MOST = 40

export class Deliveries {
  readonly counts = { delivered: 0, verified: 0 }
  readonly #user: string
  readonly #random: Random
  /** Accepted, or found: the UID is null until it was seen. */
  readonly #there = new Map<string, number | null>()
  /** Sent, and no answer came. */
  readonly #unknown = new Set<string>()
  /** On their way by a process of their own, which outlives the server. */
  readonly #underWay = new Set<string>()
  /** Taken out by a command that was acknowledged, or never stored: must not come (again). */
  readonly #gone = new Set<string>()
  /** Taken out by a command whose answer did not come: all of them or none. */
  #leaving: string[] = []
  #lastUid = 0
  #uidValidity = 0
  #made = 0
  #stopped = false

  constructor(user: string, random: Random) {
    this.#user = user
    this.#random = random
  }

  async verify(login: Login, whole: boolean): Promise<void> {
    const client = await ImapClient.login({
      port: login.port,
      user: login.user,
      password: login.password,
      waitMs: 30_000,
    })
    try {
      await this.#verify(client, whole)
    } finally {
      await client[Symbol.asyncDispose]()
    }
  }

  async #verify(client: ImapClient, whole: boolean): Promise<void> {
    const { untagged } = await client.ok('SELECT INBOX')
    const uidValidity = Number(/\[UIDVALIDITY (\d+)\]/.exec(untagged.map(({ text }) => text).join('\n'))?.[1])
    if (this.#uidValidity > 0 && uidValidity !== this.#uidValidity) throw new Broken('INBOX has another UIDVALIDITY')
    this.#uidValidity = uidValidity
    const { untagged: rows } = await client.ok('UID FETCH 1:* (UID FLAGS)')
    const uids = rows.flatMap(({ text }) => Number(/^\* \d+ FETCH \(.*\bUID (\d+)/.exec(text)?.[1] ?? 0) || [])
    const idOf = new Map<number, string>()
    for (const [id, uid] of this.#there) if (uid !== null) idOf.set(uid, id)
    const bodies = await readBodies(
      client,
      uids.filter(uid => whole || !idOf.has(uid)),
    )
    const found = new Set<string>()
    for (const uid of uids) {
      const body = bodies.get(uid)
      const id = body ? judged(() => messageIn(body, true), `INBOX UID ${uid}`).id : idOf.get(uid)!
      if (body) this.counts.verified += 1
      const before = idOf.get(uid)
      if (before !== undefined && before !== id) throw new Broken(`INBOX: UID ${uid} was ${before} and is ${id} now`)
      if (before === undefined && uid <= this.#lastUid) throw new Broken(`INBOX: UID ${uid} was used again, for ${id}`)
      if (found.has(id)) throw new Broken(`INBOX: ${id} is there twice`)
      if (this.#gone.has(id)) throw new Broken(`INBOX: ${id} is there, and was expunged or never stored`)
      if (!this.#there.has(id) && !this.#unknown.has(id) && !this.#underWay.has(id))
        throw new Broken(`INBOX: ${id} was never sent`)
      found.add(id)
      this.#there.set(id, uid)
    }
    this.#lastUid = Math.max(this.#lastUid, ...uids)
    this.#settle(found)
    if (found.size > MOST) await this.#empty(client)
  }

  #settle(found: ReadonlySet<string>): void {
    const left = this.#leaving.filter(id => !found.has(id))
    if (left.length > 0 && left.length < this.#leaving.length) throw new Broken('INBOX: an expunge happened by half')
    for (const id of left) this.#forget(id)
    this.#leaving = []
    for (const id of this.#there.keys()) if (!found.has(id)) throw new Broken(`INBOX: ${id} was accepted and is gone`)
    for (const id of this.#unknown) if (!found.has(id)) this.#gone.add(id)
    this.#unknown.clear()
  }

  #forget(id: string): void {
    this.#there.delete(id)
    this.#gone.add(id)
  }

  async #empty(client: ImapClient): Promise<void> {
    const ids = [...this.#there].filter(([, uid]) => uid !== null).map(([id]) => id)
    const uids = ids.map(id => this.#there.get(id)!)
    await client.ok(`UID STORE ${uids.join(',')} +FLAGS.SILENT (\\Deleted)`)
    this.#leaving = ids
    await client.ok(`UID EXPUNGE ${uids.join(',')}`)
    this.#leaving = []
    for (const id of ids) this.#forget(id)
  }

  /** Delivers until the server is gone. */
  async work(lmtp: number): Promise<void> {
    this.#stopped = false
    while (!this.#stopped) {
      const message = this.#message()
      this.#unknown.add(message.id)
      try {
        const [reply = ''] = await deliver({
          port: lmtp,
          to: [`${this.#user}@localhost`],
          message: messageFor(message),
        })
        if (reply.startsWith('250')) this.#accepted(message.id)
        else if (!/^4/.test(reply)) throw new Broken(`LMTP answered ${reply}`)
      } catch (error) {
        if (error instanceof Broken) throw error
        return
      }
    }
  }

  stop(): void {
    this.#stopped = true
  }

  /** One message by a program of its own: `run` answers its exit code, null when it was killed. */
  async byProgram(run: (message: Buffer) => Promise<number | null>): Promise<void> {
    const message = this.#message()
    this.#underWay.add(message.id)
    const code = await run(messageFor(message))
    this.#underWay.delete(message.id)
    if (code === 0) this.#accepted(message.id)
    else if (!this.#there.has(message.id)) this.#unknown.add(message.id)
  }

  #accepted(id: string): void {
    this.counts.delivered += 1
    this.#unknown.delete(id)
    // It may have been found, and taken out again, before we knew that it was accepted.
    if (!this.#there.has(id) && !this.#gone.has(id)) this.#there.set(id, null)
  }

  #message() {
    const octets = this.#random.chance(5) ? this.#random.between(270_000, 600_000) : this.#random.between(300, 9_000)
    return { id: `${this.#user}-mail-${++this.#made}`, octets }
  }
}
