/**
 * What a client believes of its selected mailbox, from nothing but what the server said, and the rules a server must keep while
 * saying it. RFC 9051 §7.5.1, RFC 7162 §3.2.10, §6
 */
import assert from 'node:assert/strict'
import { setOf } from './sets.ts'
import type { Command } from './wire.ts'

export type Known = { uid: number | null; flags: ReadonlySet<string> | null; modseq: number | null }

/** What a client keeps of a mailbox when it goes: enough for SELECT (QRESYNC …). */
export type Memory = {
  readonly uidValidity: number
  readonly modseq: number
  readonly flags: ReadonlyMap<number, { flags: ReadonlySet<string>; modseq: number | null }>
}

export type Fetched = {
  readonly uid: number | null
  readonly flags: ReadonlySet<string> | null
  readonly modseq: number | null
  readonly octets: number | null
  readonly body: Buffer | null
}

/** Called with what is told of messages, so that a history can compare it with its model. */
export type Listener = {
  fetched(fetched: Fetched): void
  uidValidity(value: number): void
}

export class Believed {
  readonly entries: Known[] = []
  readonly readOnly: boolean
  uidValidity = 0
  /** The client's copy of HIGHESTMODSEQ, by the rules of RFC 7162 §6. */
  modseq = 0
  memory: Memory | null = null
  readonly #listener: Listener
  readonly #uidOnly: boolean
  readonly #qresync: boolean
  /** While SELECT (QRESYNC …) is answered: what was remembered and is not said to be gone. */
  #returning: Map<number, { flags: ReadonlySet<string>; modseq: number | null }> | null = null
  #returningFrom: Memory | null = null
  #opened = false
  #code: number | null = null
  #highest = 0

  constructor(
    listener: Listener,
    mode: { readOnly: boolean; uidOnly: boolean; qresync: boolean; returning: Memory | null },
  ) {
    this.#listener = listener
    this.readOnly = mode.readOnly
    this.#uidOnly = mode.uidOnly
    this.#qresync = mode.qresync
    if (mode.returning) {
      this.#returningFrom = mode.returning
      this.#returning = new Map(mode.returning.flags)
    }
  }

  get exists(): number {
    return this.entries.length
  }

  get uids(): number[] {
    return this.entries.map(({ uid }) => uid ?? 0)
  }

  get isKnown(): boolean {
    return this.entries.every(({ uid, flags }) => uid !== null && flags !== null)
  }

  of(uid: number): Known | undefined {
    return this.entries.find(entry => entry.uid === uid)
  }

  /** One untagged reply. `command`: what is in progress; null when nothing is. */
  hear(text: string, literals: readonly Buffer[], command: Command | null): void {
    const counted = /^\* (\d+) (EXISTS|EXPUNGE|FETCH|UIDFETCH)\b(.*)$/s.exec(text)
    if (counted) {
      const [, number = '', word, rest = ''] = counted
      if (word === 'EXISTS') this.#exists(Number(number))
      else if (word === 'EXPUNGE') this.#expunge(Number(number), command)
      else this.#fetch(Number(number), word === 'UIDFETCH', rest, literals, command)
      return
    }
    const vanished = /^\* VANISHED (\(EARLIER\) )?(\S+)$/.exec(text)
    if (vanished) {
      if (vanished[1]) this.#vanishedEarlier(setOf(vanished[2]!), command)
      else this.#vanished(setOf(vanished[2]!), command)
      return
    }
    const code = /^\* OK \[(UIDVALIDITY|HIGHESTMODSEQ) (\d+)\]/.exec(text)
    if (code?.[1] === 'HIGHESTMODSEQ') this.#code = Number(code[2])
    if (code?.[1] === 'UIDVALIDITY') {
      this.uidValidity = Number(code[2])
      this.#listener.uidValidity(this.uidValidity)
    }
  }

  /** The command in progress ended. */
  ended(text: string): void {
    this.#settle()
    const code = /^\[HIGHESTMODSEQ (\d+)\]/.exec(text)
    if (code) this.#code = Number(code[1])
    this.modseq = this.#code ?? Math.max(this.modseq, this.#highest)
    this.#code = null
    this.#highest = 0
  }

  /** Keeps what a client needs to come back; only when it knows all messages, as clients ask for new ones first. */
  remember(): void {
    if (!this.isKnown || this.uidValidity === 0) return
    this.memory = {
      uidValidity: this.uidValidity,
      modseq: this.modseq,
      flags: new Map(this.entries.map(({ uid, flags, modseq }) => [uid!, { flags: flags!, modseq }])),
    }
  }

  #exists(number: number): void {
    if (this.#opened) this.#settle()
    this.#opened = true
    assert.ok(number >= this.exists, `EXISTS went from ${this.exists} to ${number} without EXPUNGE`)
    while (this.exists < number) this.entries.push({ uid: null, flags: null, modseq: null })
  }

  #mayExpunge(command: Command | null): void {
    assert.ok(command, 'an expunge was told while no command was in progress')
    assert.ok(
      !(command.numbering === 'seq' && ['FETCH', 'STORE', 'SEARCH'].includes(command.name)),
      `an expunge was told during ${command.name}`,
    )
  }

  #expunge(seq: number, command: Command | null): void {
    this.#mayExpunge(command)
    assert.ok(!this.#qresync && !this.#uidOnly, 'EXPUNGE was said in place of VANISHED')
    assert.ok(seq >= 1 && seq <= this.exists, `EXPUNGE of ${seq}, but there are ${this.exists}`)
    this.entries.splice(seq - 1, 1)
  }

  #vanished(uids: readonly number[], command: Command | null): void {
    this.#settle()
    this.#mayExpunge(command)
    assert.ok(this.#qresync || this.#uidOnly, 'VANISHED was said in place of EXPUNGE')
    for (const uid of uids) {
      let at = this.entries.findIndex(entry => entry.uid === uid)
      if (at < 0) {
        // Among messages whose UIDs we were not told yet, one that lies between its known neighbours; without numbers these are last.
        const after = this.#uidOnly ? -1 : this.entries.findIndex(entry => entry.uid !== null && entry.uid > uid)
        at = (after < 0 ? this.exists : after) - 1
        assert.ok(at >= 0 && this.entries[at]!.uid === null, `VANISHED ${uid}, which is not among the messages`)
      }
      this.entries.splice(at, 1)
    }
  }

  #vanishedEarlier(uids: readonly number[], command: Command | null): void {
    assert.ok(command && ['SELECT', 'EXAMINE', 'FETCH'].includes(command.name), 'VANISHED (EARLIER) was not asked for')
    for (const uid of uids) {
      this.#returning?.delete(uid)
      const still = this.#returning ? undefined : this.of(uid)
      assert.equal(still, undefined, `VANISHED (EARLIER) names ${uid}, which is counted`)
    }
  }

  #fetch(number: number, byUid: boolean, rest: string, literals: readonly Buffer[], command: Command | null): void {
    assert.equal(byUid, this.#uidOnly, byUid ? 'UIDFETCH was not enabled' : 'FETCH was said in place of UIDFETCH')
    const uid = byUid ? number : numberIn(/\bUID (\d+)/, rest)
    const flags = flagsIn(rest)
    const modseq = numberIn(/\bMODSEQ \((\d+)\)/, rest)
    const entry = byUid ? this.#entryOf(number) : this.entries[number - 1]
    if (!byUid) assert.ok(entry, `FETCH of ${number}, but there are ${this.exists}`)
    if (this.#qresync && !byUid && flags && command?.name !== 'FETCH')
      assert.ok(uid !== null, 'FETCH without UID after ENABLE QRESYNC')
    const octets = numberIn(/\bRFC822\.SIZE (\d+)/, rest)
    const body = /\bBODY\[\] /.test(rest) ? (literals[0] ?? Buffer.alloc(0)) : null
    if (modseq !== null) this.#highest = Math.max(this.#highest, modseq)
    if (!entry) return
    if (uid !== null) this.#learn(entry, number, byUid, uid)
    if (flags) {
      entry.flags = flags
      if (entry.uid !== null) command?.told.add(entry.uid)
    }
    if (modseq !== null) {
      if (entry.modseq !== null) assert.ok(modseq >= entry.modseq, `MODSEQ went from ${entry.modseq} to ${modseq}`)
      entry.modseq = modseq
    }
    if (entry.uid !== null && command) command.fetched.add(entry.uid)
    this.#listener.fetched({ uid: entry.uid, flags, modseq, octets, body })
  }

  #learn(entry: Known, number: number, byUid: boolean, uid: number): void {
    if (entry.uid !== null) assert.equal(uid, entry.uid, `message ${number} has UID ${uid} after ${entry.uid}`)
    entry.uid = uid
    if (byUid) return
    for (const [step, at] of [
      [-1, number - 2],
      [1, number],
    ] as const) {
      const near = this.entries[at]?.uid
      if (near !== null && near !== undefined)
        assert.ok(step < 0 ? near < uid : near > uid, `UIDs do not ascend: ${near} beside ${uid} at ${number}`)
    }
  }

  /** Without numbers, UIDs that are new belong to messages whose UIDs are not known yet. RFC 9586 §3 */
  #entryOf(uid: number): Known | undefined {
    const known = this.of(uid)
    if (known || this.#returning) return known ?? this.#place(uid)
    const free = this.entries.findIndex(entry => entry.uid === null)
    assert.ok(free >= 0, `UIDFETCH of ${uid}, which is not among the messages`)
    const [entry] = this.entries.splice(free, 1)
    const after = this.entries.findIndex(other => other.uid === null || other.uid > uid)
    this.entries.splice(after < 0 ? this.exists : after, 0, entry!)
    return entry
  }

  /** During a resync without numbers: kept with what was remembered, and put into place when all is told. */
  #place(uid: number): Known {
    const known: Known = { uid, flags: null, modseq: null }
    this.#placed.push(known)
    return known
  }
  readonly #placed: Known[] = []

  /** What was remembered, less what vanished, with what was told now, fills the mailbox. */
  #settle(): void {
    const returning = this.#returning
    if (!returning || !this.#opened) return
    this.#returning = null
    if (this.uidValidity !== this.#returningFrom?.uidValidity) returning.clear()
    const all = new Map<number, Known>()
    for (const [uid, { flags, modseq }] of returning) all.set(uid, { uid, flags, modseq })
    for (const known of [...this.#placed, ...this.entries]) if (known.uid !== null) all.set(known.uid, known)
    const sorted = [...all.values()].sort((a, b) => a.uid! - b.uid!)
    assert.ok(
      sorted.length <= this.exists,
      `after the resync ${sorted.length} messages are known (${sorted.map(({ uid }) => uid)}), but there are ${this.exists}`,
    )
    for (const [at, known] of sorted.entries()) {
      const there = this.entries[at]!.uid
      assert.ok(
        there === null || there === known.uid,
        `after the resync message ${at + 1} is ${there}, not ${known.uid}`,
      )
      this.entries[at] = known
    }
  }
}

export function flagsIn(text: string): ReadonlySet<string> | null {
  const found = /\bFLAGS \(([^)]*)\)/.exec(text)
  if (!found) return null
  return new Set(
    found[1]!
      .toLowerCase()
      .split(' ')
      .filter(flag => flag !== '' && flag !== '\\recent'),
  )
}

function numberIn(pattern: RegExp, text: string): number | null {
  const found = pattern.exec(text)
  return found ? Number(found[1]) : null
}
