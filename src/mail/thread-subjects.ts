import type { Pace } from './search-pace.ts'
import type { Parents } from './thread-references.ts'
import { STEP, type Threads, treesOf } from './thread-tree.ts'

/**
 * Threads that begin with the same base subject become one: replies that name nobody, and threads of which the beginning is missing.
 * RFC 5256 §3 REFERENCES steps 4 to 6; `order` has the messages by sent date.
 */
export async function mergeSubjects(
  { parent, nodes }: Parents,
  subjects: readonly string[],
  isReply: Uint8Array,
  order: Uint32Array,
  pace: Pace,
): Promise<Threads> {
  const messages = order.length
  const { roots, firstChild, next } = await treesOf(parent, nodes, order, pace)
  const isDummy = (node: number) => node >= messages
  const subjectOf = (root: number) => subjects[isDummy(root) ? firstChild[root]! : root]!

  // Step 5.B: for each subject the root that others come under.
  const table = new Map<string, number>()
  for (const [i, root] of roots.entries()) {
    if (i % STEP === 0) await pace.rest()
    const subject = subjectOf(root)
    if (subject === '') continue
    const known = table.get(subject)
    if (known === undefined) table.set(subject, root)
    else if (!isDummy(known) && (isDummy(root) || (isReply[known] && !isReply[root]))) table.set(subject, root)
  }

  // Step 5.C
  const merged = Int32Array.from(parent)
  let size = nodes
  for (const [i, root] of roots.entries()) {
    if (i % STEP === 0) await pace.rest()
    const subject = subjectOf(root)
    const known = subject === '' ? root : table.get(subject)!
    if (known === root) continue
    if (isDummy(root)) {
      // The table has a dummy wherever there is one.
      for (let child = firstChild[root]!; child >= 0; child = next[child]!) merged[child] = known
    } else if (isDummy(known) || (isReply[root] && !isReply[known])) {
      merged[root] = known
    } else {
      const dummy = size++
      merged[root] = merged[known] = dummy
      table.set(subject, dummy)
    }
  }
  return treesOf(merged, size, order, pace)
}
