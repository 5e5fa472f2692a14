/** One client of a history: a connection, what it enabled, what it believes of its mailbox, what it keeps while it is away. */
import assert from 'node:assert/strict'
import type { Reply } from '#test/imap-replies.ts'
import { Believed, type Listener, type Memory } from './believed.ts'
import { applied } from './flags.ts'
import { type Pick, type Profile, profiles } from './history.ts'
import { setOf } from './sets.ts'
import { type Command, type Naming, Wire } from './wire.ts'

/** Messages named by a command: the set as written, and the UIDs it stands for among those counted. */
export type Picked = { readonly set: string; readonly uids: number[]; readonly by: 'seq' | 'uid' }

export type Place = { readonly port: number; readonly user: string; readonly password: string }

export class Device {
  readonly name: string
  readonly profile: Profile
  readonly #place: Place
  readonly #transcript: string[]
  #wire: Wire | null = null
  believed: Believed | null = null
  /** What was remembered of a mailbox when the connection went, and its name. */
  memory: { readonly box: string; readonly memory: Memory } | null = null
  selected: string | null = null
  /** How the last command ended; after NO a server need not have told what is new. */
  lastStatus = ''
  #idle: Promise<Command> | null = null

  constructor(name: string, profile: Profile, place: Place, transcript: string[]) {
    this.name = name
    this.profile = profile
    this.#place = place
    this.#transcript = transcript
  }

  get uidOnly(): boolean {
    return this.profile === 'uidonly'
  }

  get qresync(): boolean {
    return (profiles[this.profile] as readonly string[]).includes('QRESYNC')
  }

  get rev2(): boolean {
    return (profiles[this.profile] as readonly string[]).includes('IMAP4rev2')
  }

  get condstore(): boolean {
    return this.qresync || this.profile === 'condstore'
  }

  get idling(): boolean {
    return this.#idle !== null
  }

  /** The server said BYE or closed. */
  get isCut(): boolean {
    return this.#wire?.closed ?? true
  }

  get failure(): unknown {
    return this.#wire?.failure ?? null
  }

  async connect(): Promise<void> {
    const { port, user, password } = this.#place
    const hear = (reply: Reply, command: Command | null) => this.#hear(reply, command)
    const ended = (command: Command) => {
      this.believed?.ended(command.text)
      command.onEnd?.(command)
    }
    this.#wire = new Wire(port, this.name, this.#transcript, hear, ended)
    await this.#wire.greeting
    await this.ok('LOGIN', `LOGIN ${user} "${password}"`)
    const enable = profiles[this.profile]
    if (enable.length > 0) await this.ok('ENABLE', `ENABLE ${enable.join(' ')}`)
  }

  async go(): Promise<void> {
    this.believed?.remember()
    if (this.believed?.memory && this.selected) this.memory = { box: this.selected, memory: this.believed.memory }
    this.believed = null
    this.selected = null
    this.#idle = null
    await this.#wire?.end()
  }

  async say(naming: Naming, ...pieces: readonly (string | Uint8Array)[]): Promise<Command> {
    const command = await this.#wire!.command(naming, ...pieces)
    this.lastStatus = command.status
    assert.notEqual(command.status, 'BAD', `${pieces[0]} was answered BAD ${command.text}`)
    assert.ok(!/SERVERBUG|UNAVAILABLE/.test(command.text), `${pieces[0]} was answered ${command.text}`)
    return command
  }

  async ok(name: string, text: string): Promise<Command> {
    const command = await this.say({ name }, text)
    assert.equal(command.status, 'OK', `${text} was answered ${command.status} ${command.text}`)
    return command
  }

  async select(
    box: string,
    readOnly: boolean,
    listener: Listener,
    returning: Memory | null,
    parameters = '',
  ): Promise<Command> {
    const name = readOnly ? 'EXAMINE' : 'SELECT'
    const { uidOnly, qresync } = this
    this.believed = new Believed(listener, { readOnly, uidOnly, qresync, returning })
    this.selected = box
    const command = await this.say({ name }, `${name} ${box}${parameters}`)
    if (command.status !== 'OK') this.deselected()
    return command
  }

  deselected(): void {
    this.believed = null
    this.selected = null
  }

  async idle(): Promise<void> {
    this.#idle = (await this.#wire!.idle()).end
    this.#idle.catch(() => {})
  }

  async done(): Promise<void> {
    const idle = this.#idle
    if (!idle) return
    this.#idle = null
    this.#wire!.done()
    const { status, text } = await idle
    assert.equal(status, 'OK', `IDLE ended with ${status} ${text}`)
  }

  /** Asks for UID and flags of the messages it does not know yet. */
  async learn(): Promise<void> {
    const { believed } = this
    if (!believed || believed.isKnown) return
    const unknown = believed.entries.flatMap(({ uid, flags }, i) => (uid === null || flags === null ? [i] : []))
    const items = this.condstore ? '(UID FLAGS MODSEQ)' : '(UID FLAGS)'
    if (this.uidOnly) {
      await this.say({ name: 'FETCH' }, `UID FETCH 1:4294967295 ${items}`)
    } else {
      await this.say({ name: 'FETCH', numbering: 'seq' }, `FETCH ${unknown[0]! + 1}:${unknown.at(-1)! + 1} ${items}`)
    }
  }

  /** A set for a command, and the UIDs it names among the messages counted; null when nothing is counted. */
  pick({ from, to, style }: Pick, by: 'seq' | 'uid'): Picked | null {
    const numbering = this.uidOnly ? 'uid' : by
    const entries = this.believed?.entries ?? []
    if (entries.length === 0 || entries.some(({ uid }) => uid === null)) return null
    const numbers = entries.map(({ uid }, i) => (numbering === 'uid' ? uid! : i + 1))
    const [a, b] = [from % numbers.length, to % numbers.length]
    const [low, high] = [Math.min(a, b), Math.max(a, b)]
    const uids = (first: number, last: number) => entries.slice(first, last + 1).map(({ uid }) => uid!)
    switch (style) {
      case 'one':
        return { set: `${numbers[a]}`, uids: uids(a, a), by: numbering }
      case 'range':
        return { set: `${numbers[a]}:${numbers[b]}`, uids: uids(low, high), by: numbering }
      case 'two':
        return {
          set: `${numbers[a]},${numbers[b]}`,
          uids: a === b ? uids(a, a) : [...uids(low, low), ...uids(high, high)],
          by: numbering,
        }
      case 'star':
        return { set: `*:${numbers[a]}`, uids: uids(a, numbers.length - 1), by: numbering }
      case 'all': {
        const end = numbering === 'uid' ? '4294967295' : '*'
        return { set: `1:${end}`, uids: uids(0, numbers.length - 1), by: numbering }
      }
    }
  }

  /** UIDs that a STORE did not change since they were changed by others. RFC 7162 §3.1.3 */
  modifiedBy({ text, numbering }: Command): number[] {
    const set = /^\[MODIFIED (\S+)\]/.exec(text)?.[1]
    if (!set) return []
    const numbers = setOf(set)
    return numbering === 'uid' ? numbers : numbers.map(number => this.believed!.entries[number - 1]!.uid!)
  }

  /** After STORE .SILENT a client takes its own change for done, except where it was told more. */
  assume(
    uids: readonly number[],
    modified: ReadonlySet<number>,
    { told }: Command,
    how: '+' | '-' | '',
    flags: readonly string[],
  ): void {
    for (const uid of uids) {
      const entry = this.believed?.of(uid)
      if (entry && !modified.has(uid) && !told.has(uid)) entry.flags = applied(entry.flags, how, flags)
    }
  }

  /** Numbers in the answer to SEARCH. */
  foundBy({ replies }: Command): number[] {
    for (const { text } of replies) {
      const numbers = /^\* SEARCH([ \d]*)/.exec(text)?.[1]
      if (numbers !== undefined) return numbers.split(' ').filter(Boolean).map(Number)
      if (!text.startsWith('* ESEARCH')) continue
      const set = / ALL (\S+)/.exec(text)?.[1]
      return set ? setOf(set) : []
    }
    throw new Error('SEARCH had no answer')
  }

  /** The parameter of SELECT by which it comes back. RFC 7162 §3.2.5 */
  resyncWith({ uidValidity, modseq, flags }: Memory, known: 'nothing' | 'uids' | 'samples'): string {
    const uids = [...flags.keys()]
    const about = uids.length === 0 || known === 'nothing' ? '' : ` 1:${uids.at(-1)}`
    const middle = uids.length >> 1
    const samples =
      about && known === 'samples' && !this.uidOnly
        ? ` (${middle + 1},${uids.length} ${uids[middle]},${uids.at(-1)})`
        : ''
    const fixed = middle + 1 === uids.length ? ` (${uids.length} ${uids.at(-1)})` : samples
    return ` (QRESYNC (${uidValidity} ${Math.max(1, modseq)}${about}${samples && fixed}))`
  }

  #hear({ text, literals }: Reply, command: Command | null): void {
    this.believed?.hear(text, literals, command)
  }
}
