import type { Pace } from './search-pace.ts'

/** Messages between two looks at the clock. */
export const STEP = 1024

/**
 * Messages as trees, siblings in order. Nodes are numbers: below `messages` they are messages, by index into what was found; from there
 * on messages that are not there but hold their children together, which only roots can be.
 */
export type Threads = {
  readonly messages: number
  readonly roots: readonly number[]
  /** By node; -1 for none. */
  readonly firstChild: Int32Array
  readonly next: Int32Array
}

/**
 * Builds the trees that parents describe. `order` has the messages as siblings are to stand; a root without a message stands where its
 * first child would. RFC 5256 §3 REFERENCES steps 4 and 6
 */
export async function treesOf(
  parent: ArrayLike<number>,
  nodes: number,
  order: Uint32Array,
  pace: Pace,
): Promise<Threads> {
  const messages = order.length
  const firstChild = new Int32Array(nodes).fill(-1)
  const lastChild = new Int32Array(nodes).fill(-1)
  const next = new Int32Array(nodes).fill(-1)
  const roots: number[] = []
  for (let i = 0; i < messages; i++) {
    if (i % STEP === 0) await pace.rest()
    const message = order[i]!
    const above = parent[message]!
    if (above < 0) {
      roots.push(message)
      continue
    }
    const last = lastChild[above]!
    lastChild[above] = message
    if (last >= 0) {
      next[last] = message
      continue
    }
    firstChild[above] = message
    if (above >= messages) roots.push(above)
  }
  return { messages, roots, firstChild, next }
}
