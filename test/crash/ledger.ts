/**
 * What one client may expect to find. Everything acknowledged is certain; what was sent and not answered happened wholly or not at all,
 * and in the order in which it was sent.
 */
import type { MessageId } from './messages.ts'

export type Flagged = { readonly id: string; readonly flags: ReadonlySet<string> }
export type Held = Flagged & { readonly uid: number | null }
export type Box = { readonly uidValidity: number | null; readonly held: readonly Held[] }
export type Boxes = ReadonlyMap<string, Box>

export type Operation =
  | {
      readonly kind: 'append'
      readonly box: string
      readonly messages: readonly (MessageId & { flags: ReadonlySet<string> })[]
    }
  | {
      readonly kind: 'store'
      readonly box: string
      readonly uids: readonly number[]
      readonly how: '+' | '-' | ''
      readonly flags: readonly string[]
    }
  | { readonly kind: 'copy' | 'move'; readonly box: string; readonly uids: readonly number[]; readonly target: string }
  | { readonly kind: 'expunge'; readonly box: string; readonly uids: readonly number[] }
  | { readonly kind: 'create' | 'delete'; readonly box: string }
  | { readonly kind: 'rename'; readonly box: string; readonly target: string }

/** UIDs that the answer told for what was added, and the UIDVALIDITY they are of. */
export type Told = { readonly uidValidity: number; readonly uids: readonly number[] } | null

export function apply(boxes: Boxes, operation: Operation, told: Told): Boxes {
  const after = new Map(boxes)
  const { box } = operation
  const source = boxes.get(box) ?? { uidValidity: null, held: [] }
  const add = (name: string, added: readonly Flagged[]) => {
    const target = after.get(name) ?? { uidValidity: null, held: [] }
    const held = added.map(({ id, flags }, i) => ({ uid: told?.uids[i] ?? null, id, flags }))
    after.set(name, { uidValidity: told?.uidValidity ?? target.uidValidity, held: [...target.held, ...held] })
  }
  const keep = (test: (held: Held) => boolean) => after.set(box, { ...source, held: source.held.filter(test) })
  switch (operation.kind) {
    case 'append':
      add(box, operation.messages)
      break
    case 'store': {
      const { uids, how, flags } = operation
      const held = source.held.map(each =>
        each.uid !== null && uids.includes(each.uid) ? { ...each, flags: changed(each.flags, how, flags) } : each,
      )
      after.set(box, { ...source, held })
      break
    }
    case 'copy':
    case 'move': {
      const { uids, target, kind } = operation
      const chosen = source.held.filter(({ uid }) => uid !== null && uids.includes(uid))
      if (kind === 'move') keep(each => !chosen.includes(each))
      add(target, chosen)
      break
    }
    case 'expunge':
      keep(({ uid, flags }) => !(uid !== null && operation.uids.includes(uid) && flags.has('\\deleted')))
      break
    case 'create':
      after.set(box, { uidValidity: null, held: [] })
      break
    case 'delete':
      after.delete(box)
      break
    case 'rename':
      after.delete(box)
      after.set(operation.target, source)
  }
  return after
}

function changed(before: ReadonlySet<string>, how: '+' | '-' | '', flags: readonly string[]): ReadonlySet<string> {
  const after = new Set(how === '' ? [] : before)
  for (const flag of flags) {
    if (how === '-') after.delete(flag)
    else after.add(flag)
  }
  return after
}

/** Why what was found is not this; null when it is. Found boxes have all UIDs, ascending. */
export function difference(expected: Boxes, found: Boxes): string | null {
  for (const name of new Set([...expected.keys(), ...found.keys()])) {
    const wanted = expected.get(name)
    const there = found.get(name)
    if (!wanted || !there) return `${name} ${there ? 'is there' : 'is missing'}`
    if (wanted.uidValidity !== null && wanted.uidValidity !== there.uidValidity)
      return `${name} has UIDVALIDITY ${there.uidValidity}, not ${wanted.uidValidity}`
    const why = boxDifference(wanted, there)
    if (why) return `${name}: ${why}`
  }
  return null
}

function boxDifference(wanted: Box, there: Box): string | null {
  if (wanted.held.length !== there.held.length)
    return `${there.held.length} messages, not ${wanted.held.length}: ${shown(there)} in place of ${shown(wanted)}`
  for (const [i, expected] of wanted.held.entries()) {
    const { uid, id, flags } = there.held[i]!
    if (expected.uid !== null && expected.uid !== uid) return `UID ${uid} in place of ${expected.uid}`
    if (expected.id !== id) return `UID ${uid} is ${id}, not ${expected.id}`
    if (expected.flags.size !== flags.size || [...expected.flags].some(flag => !flags.has(flag)))
      return `UID ${uid} has (${[...flags]}), not (${[...expected.flags]})`
  }
  return null
}

const shown = ({ held }: Box): string => held.map(({ uid, id }) => `${uid ?? '?'}=${id}`).join(' ')

export class Ledger {
  certain: Boxes = new Map()
  /** Sent and not answered, in order. */
  readonly pending: Operation[] = []
  /** Which message a UID ever stood for, by `UIDVALIDITY/UID`. */
  readonly #uids = new Map<string, string>()

  acknowledged(operation: Operation, told: Told): void {
    if (this.pending[0] !== operation) throw new Error('answers came out of order')
    this.pending.shift()
    this.certain = apply(this.certain, operation, told)
    for (const box of this.certain.values()) this.#note(box)
  }

  /** Takes over what was found after a crash. @throws when it is nothing that can have come of what was sent */
  settle(found: Boxes): void {
    const reasons: string[] = []
    let candidate = this.certain
    for (let done = 0; ; done++) {
      const why = difference(candidate, found)
      if (why === null) break
      reasons.push(`  with ${done} of ${this.pending.length} unanswered: ${why}`)
      const next = this.pending[done]
      if (!next) {
        throw new Error(
          `what is there cannot have come of what was sent:\n${reasons.join('\n')}\n  unanswered: ${JSON.stringify(this.pending)}`,
        )
      }
      candidate = apply(candidate, next, null)
    }
    this.pending.length = 0
    this.certain = found
    for (const box of found.values()) this.#note(box)
  }

  #note({ uidValidity, held }: Box): void {
    if (uidValidity === null) return
    for (const { uid, id } of held) {
      if (uid === null) continue
      const key = `${uidValidity}/${uid}`
      const before = this.#uids.get(key)
      if (before !== undefined && before !== id) throw new Error(`UID ${key} was ${before} and is ${id} now`)
      this.#uids.set(key, id)
    }
  }

  idOf(uidValidity: number, uid: number): string | undefined {
    return this.#uids.get(`${uidValidity}/${uid}`)
  }
}
