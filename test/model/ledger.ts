/** What all devices of a history together were told, where nobody can say in which order things happened: it must not contradict itself. */
import assert from 'node:assert/strict'
import type { Fetched } from './believed.ts'
import { setOf } from './sets.ts'

export class Ledger {
  /** Octets by `UIDVALIDITY/UID`. */
  readonly #bodies = new Map<string, string>()
  readonly #sent = new Set<string>()
  /** Flags by `UIDVALIDITY/UID/MODSEQ`. */
  readonly #flags = new Map<string, string>()
  /** Messages that a command might have expunged or moved away. */
  readonly #mayBeGone = new Set<string>()
  readonly #anyMayBeGone = new Set<number>()

  sends(body: Buffer): void {
    this.#sent.add(body.toString('latin1'))
  }

  appended(uidValidity: number, uids: readonly number[], bodies: readonly Buffer[], deleted: boolean): void {
    assert.equal(uids.length, bodies.length, 'APPENDUID')
    for (const [i, uid] of uids.entries()) {
      this.#has(uidValidity, uid, bodies[i]!.toString('latin1'))
      if (deleted) this.#mayBeGone.add(`${uidValidity}/${uid}`)
    }
  }

  /** `[COPYUID …]` as it was told. */
  copied(source: number, text: string, moves: boolean): void {
    const [, target = '', from = '', to = ''] = /\[COPYUID (\d+) (\S+) (\S+)\]/.exec(text) ?? []
    if (target === '') return
    const [sources, targets] = [setOf(from), setOf(to)]
    assert.equal(sources.length, targets.length, text)
    for (const [i, uid] of sources.entries()) {
      const key = `${source}/${uid}`
      const body = this.#bodies.get(key)
      if (body !== undefined) this.#has(Number(target), targets[i]!, body)
      if (this.#mayBeGone.has(key) || this.#anyMayBeGone.has(source)) this.#mayBeGone.add(`${target}/${targets[i]}`)
      if (moves) this.#mayBeGone.add(key)
    }
  }

  deletes(uidValidity: number, uids: readonly number[]): void {
    for (const uid of uids) this.#mayBeGone.add(`${uidValidity}/${uid}`)
  }

  fetched(uidValidity: number, { uid, flags, modseq, octets, body }: Fetched): void {
    if (uid === null) return
    if (body) {
      const text = body.toString('latin1')
      assert.ok(this.#sent.has(text), `UID ${uid} has octets that nobody sent`)
      this.#has(uidValidity, uid, text)
    }
    const stored = this.#bodies.get(`${uidValidity}/${uid}`)
    if (octets !== null && stored !== undefined) assert.equal(octets, stored.length, `RFC822.SIZE of UID ${uid}`)
    if (!flags || modseq === null) return
    const key = `${uidValidity}/${uid}/${modseq}`
    const text = [...flags].sort().join(' ')
    assert.equal(text, this.#flags.get(key) ?? text, `UID ${uid} was told with two sets of flags for modseq ${modseq}`)
    this.#flags.set(key, text)
  }

  /** A set with an open end may name messages that its sender does not know yet. */
  deletesAny(uidValidity: number): void {
    this.#anyMayBeGone.add(uidValidity)
  }

  /** What is in a mailbox at the end. */
  settles(uidValidity: number, uids: ReadonlySet<number>): void {
    for (const key of this.#bodies.keys()) {
      const [mailbox, uid] = key.split('/').map(Number)
      if (mailbox !== uidValidity || uids.has(uid!)) continue
      const mayBe = this.#mayBeGone.has(key) || this.#anyMayBeGone.has(uidValidity)
      assert.ok(mayBe, `UID ${uid} is gone, and nobody expunged it`)
    }
  }

  #has(uidValidity: number, uid: number, body: string): void {
    const key = `${uidValidity}/${uid}`
    const before = this.#bodies.get(key) ?? body
    assert.equal(body, before, `UID ${uid} stands for two messages`)
    this.#bodies.set(key, body)
  }
}
