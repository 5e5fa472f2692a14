import { splitKeywords } from '#mail/keywords.ts'
import type { View } from '#mail/view.ts'
import type { StoreArgs } from '../wire/store-args.ts'

/**
 * What a client takes for granted after STORE .SILENT: the flags it was told of before, with its own change. Where others changed them
 * too and it was not told yet, it would be wrong for ever, since the news of a message end with its last change. RFC 9051 §6.4.6
 */
export class AssumedFlags {
  /** As told before the command; null where news are still to be told. */
  readonly #told = new Map<number, { readonly flags: number; readonly keywords: string } | null>()
  readonly #args: StoreArgs

  constructor(view: View, uids: Uint32Array, args: StoreArgs) {
    this.#args = args
    for (const uid of uids) this.#told.set(uid, view.isTold(uid) ? view.find(uid) : null)
  }

  /** Whether a message now has the flags that the client takes it to have. */
  hold(view: View, uid: number): boolean {
    const told = this.#told.get(uid)
    const now = view.find(uid)
    if (!told || !now) return false
    const { action, flags } = this.#args
    return (
      now.flags === applied(told.flags, action, flags.flags) &&
      sameKeywords(now.keywords, told.keywords, action, flags.keywords)
    )
  }
}

function applied(before: number, action: StoreArgs['action'], flags: number): number {
  if (action === 'replace') return flags
  return action === 'add' ? before | flags : before & ~flags
}

function sameKeywords(now: string, before: string, action: StoreArgs['action'], keywords: readonly string[]): boolean {
  if (keywords.length === 0 && action !== 'replace') return now === before
  const expected = new Set(action === 'replace' ? [] : splitKeywords(before.toLowerCase()))
  for (const keyword of keywords) {
    if (action === 'remove') expected.delete(keyword.toLowerCase())
    else expected.add(keyword.toLowerCase())
  }
  const there = splitKeywords(now.toLowerCase())
  return there.length === expected.size && there.every(keyword => expected.has(keyword))
}
