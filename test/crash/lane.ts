/** A client with mailboxes of its own: it works without pause until it is cut off, and finds out afterwards what became of its work. */
import { ImapClient, type Outcome, type Piece } from '#test/imap-client.ts'
import { type Box, type Held, Ledger, type Operation, type Told } from './ledger.ts'
import { messageFor, messageIn } from './messages.ts'
import type { Random } from './random.ts'

export type Login = { readonly port: number; readonly user: string; readonly password: string }

/** Messages above which a mailbox is emptied rather than filled. */
const MOST = 30
const FLAGS = ['\\seen', '\\flagged', '\\answered', 'blue']

/** Something that must never be, in words. A connection that broke is no such thing. */
export class Broken extends Error {
  override readonly name = 'Broken'
}

export class Lane {
  readonly ledger = new Ledger()
  readonly counts = { operations: 0, messages: 0, verified: 0 }
  readonly #name: string
  readonly #random: Random
  #client: ImapClient | null = null
  #made = 0

  constructor(name: string, random: Random) {
    this.#name = name
    this.#random = random
  }

  /** Looks what is there and whether it can be. `whole`: reads every octet again, not only of what is new. */
  async verify(login: Login, whole: boolean): Promise<void> {
    const client = await this.#connect(login)
    const { untagged } = await client.ok(`LIST "" ${this.#name}*`)
    const names = untagged.flatMap(({ text }) => /^\* LIST \(.*?\) "\/" "?([^"]+)"?$/.exec(text)?.[1] ?? []).sort()
    const found = new Map<string, Box>()
    for (const name of names) found.set(name, await this.#read(client, name, whole))
    judged(() => this.ledger.settle(found), 'after a crash')
  }

  async #read(client: ImapClient, name: string, whole: boolean): Promise<Box> {
    const [opened, listed] = await Promise.all([client.ok(`EXAMINE ${name}`), client.ok('UID FETCH 1:* (UID FLAGS)')])
    const replies = [...opened.untagged, ...listed.untagged].map(({ text }) => text)
    const uidValidity = Number(/\[UIDVALIDITY (\d+)\]/.exec(replies.join('\n'))?.[1])
    const rows = replies.flatMap(text => {
      const uid = /^\* \d+ FETCH \(.*\bUID (\d+)/.exec(text)?.[1]
      const flags = /FLAGS \(([^)]*)\)/.exec(text)?.[1] ?? ''
      return uid ? [{ uid: Number(uid), flags: flagSet(flags) }] : []
    })
    const unread = rows.filter(({ uid }) => whole || this.ledger.idOf(uidValidity, uid) === undefined)
    const bodies = await readBodies(
      client,
      unread.map(({ uid }) => uid),
    )
    const held = rows.map(({ uid, flags }): Held => {
      const body = bodies.get(uid)
      const known = this.ledger.idOf(uidValidity, uid)
      if (!body) return { uid, flags, id: known! }
      this.counts.verified += 1
      const { id } = judged(() => messageIn(body, false), `${name} UID ${uid}`)
      if (known !== undefined && known !== id) throw new Broken(`${name}: UID ${uid} was ${known} and is ${id} now`)
      return { uid, flags, id }
    })
    return { uidValidity, held }
  }

  /** Works until the connection breaks. */
  async work(): Promise<void> {
    const client = this.#client!
    for (;;) {
      const first = this.#next()
      const operations = [first]
      const movesNames = ['create', 'delete', 'rename'].includes(first.kind)
      if (!movesNames && this.#random.chance(25)) operations.push(this.#ordinary(), this.#ordinary())
      const sent: { operation: Operation; outcome: Promise<Outcome> }[] = []
      let selected = ''
      for (const operation of operations) {
        if (!['append', 'create', 'delete', 'rename'].includes(operation.kind) && selected !== operation.box) {
          selected = operation.box
          client.command(`SELECT ${selected}`).catch(() => {})
        }
        this.ledger.pending.push(operation)
        const outcome = client.command(...said(operation))
        outcome.catch(() => {})
        sent.push({ operation, outcome })
      }
      for (const { operation, outcome } of sent) this.#ended(operation, await outcome)
    }
  }

  #ended(operation: Operation, { status, text, untagged }: Outcome): void {
    const told = [...untagged.map(reply => reply.text), text].join('\n')
    // Going down: what it did not do it may have done.
    if (/UNAVAILABLE/.test(text)) throw new Error('unavailable')
    if (status !== 'OK' && !text.startsWith('[EXPUNGEISSUED]'))
      throw new Broken(`${JSON.stringify(operation)} was answered ${status} ${text}`)
    this.counts.operations += 1
    if (operation.kind === 'append') this.counts.messages += operation.messages.length
    judged(() => this.ledger.acknowledged(operation, uidsIn(told)), 'an answer')
  }

  #next(): Operation {
    const { certain } = this.ledger
    for (const box of ['a', 'b']) {
      const name = this.#name + box
      if (!certain.has(name) && !(box === 'b' && certain.has(`${this.#name}c`))) return { kind: 'create', box: name }
    }
    const other = certain.has(`${this.#name}b`) ? 'b' : 'c'
    if (this.#random.chance(4)) {
      const target = this.#name + (other === 'b' ? 'c' : 'b')
      return { kind: 'rename', box: this.#name + other, target }
    }
    if (this.#random.chance(1)) return { kind: 'delete', box: this.#name + other }
    return this.#ordinary()
  }

  /** One that may follow others which have not been answered. */
  #ordinary(): Operation {
    const random = this.#random
    const names = [...this.ledger.certain.keys()]
    if (names.length === 0) return this.#append(`${this.#name}a`)
    const box = random.of(names)
    const held = this.ledger.certain.get(box)!.held.filter(({ uid }) => uid !== null)
    const uids = held.map(({ uid }) => uid!)
    const deleted = held.filter(({ flags }) => flags.has('\\deleted')).map(({ uid }) => uid!)
    if (deleted.length > 0 && random.chance(50)) return { kind: 'expunge', box, uids: deleted }
    if (uids.length > MOST) return { kind: 'store', box, uids: uids.slice(0, 20), how: '+', flags: ['\\deleted'] }
    const chosen = random.some(uids, 6)
    const lot = random.below(100)
    if (lot < 45 || chosen.length === 0) return this.#append(box)
    if (lot < 70) return { kind: 'store', box, uids: chosen, how: random.of(['+', '-', '']), flags: [random.of(FLAGS)] }
    if (lot < 78) return { kind: 'store', box, uids: chosen, how: '+', flags: ['\\deleted'] }
    return { kind: lot < 88 ? 'copy' : 'move', box, uids: chosen, target: random.of(names) }
  }

  #append(box: string): Operation {
    const random = this.#random
    const count = random.chance(25) ? random.between(2, 4) : 1
    const messages = Array.from({ length: count }, () => ({
      id: `${this.#name}-${++this.#made}`,
      octets: random.chance(6) ? random.between(200_000, 700_000) : random.between(300, 9_000),
      flags: new Set(random.chance(30) ? [random.of(FLAGS)] : []),
    }))
    return { kind: 'append', box, messages }
  }

  async #connect({ port, user, password }: Login): Promise<ImapClient> {
    await this.close()
    this.#client = await ImapClient.login({ port, user, password, waitMs: 30_000 })
    return this.#client
  }

  async close(): Promise<void> {
    await this.#client?.[Symbol.asyncDispose]()
    this.#client = null
  }
}

/** The octets of messages, by UID. */
export async function readBodies(client: ImapClient, uids: readonly number[]): Promise<ReadonlyMap<number, Buffer>> {
  if (uids.length === 0) return new Map()
  const { untagged } = await client.ok(`UID FETCH ${uids.join(',')} (UID BODY.PEEK[])`)
  const bodies = untagged.flatMap(({ text, literals }) => {
    const uid = /\bUID (\d+)/.exec(text)?.[1]
    return uid && literals[0] ? [[Number(uid), literals[0]] as const] : []
  })
  const read = new Map(bodies)
  for (const uid of uids) if (!read.has(uid)) throw new Broken(`UID ${uid} is listed and cannot be read`)
  return read
}

function said(operation: Operation): Piece[] {
  switch (operation.kind) {
    case 'append':
      return [
        `APPEND ${operation.box}`,
        ...operation.messages.flatMap(message => [` (${[...message.flags].join(' ')}) `, messageFor(message)]),
      ]
    case 'store':
      return [`UID STORE ${operation.uids.join(',')} ${operation.how}FLAGS.SILENT (${operation.flags.join(' ')})`]
    case 'copy':
    case 'move':
      return [`UID ${operation.kind.toUpperCase()} ${operation.uids.join(',')} ${operation.target}`]
    case 'expunge':
      return [`UID EXPUNGE ${operation.uids.join(',')}`]
    case 'create':
    case 'delete':
      return [`${operation.kind.toUpperCase()} ${operation.box}`]
    case 'rename':
      return [`RENAME ${operation.box} ${operation.target}`]
  }
}

function uidsIn(text: string): Told {
  const [, uidValidity, set] = /\[(?:APPENDUID|COPYUID) (\d+) (?:\S+ )?([\d:,]+)\]/.exec(text) ?? []
  if (uidValidity === undefined || set === undefined) return null
  const uids = set.split(',').flatMap(part => {
    const [from = 0, to = from] = part.split(':').map(Number)
    return Array.from({ length: to - from + 1 }, (_, i) => from + i)
  })
  return { uidValidity: Number(uidValidity), uids }
}

const flagSet = (text: string): ReadonlySet<string> =>
  new Set(
    text
      .toLowerCase()
      .split(' ')
      .filter(flag => flag !== '' && flag !== '\\recent'),
  )

/** What a look at something throws means that it is broken. */
export function judged<Value>(look: () => Value, where: string): Value {
  try {
    return look()
  } catch (error) {
    throw new Broken(`${where}: ${error instanceof Error ? error.message : error}`)
  }
}
