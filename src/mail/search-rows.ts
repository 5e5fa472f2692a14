import { lowerBound, type MailboxState } from './state.ts'
import type { View } from './view.ts'

/**
 * The messages a session counts, by column: row `at` is the message with sequence number at + 1. Messages that were expunged elsewhere
 * are in it as they were. Flags and the like may still change under a reader that waits in between; which message a row is does not.
 */
export type Rows = Omit<Pick<MailboxState, (typeof columns)[number] | 'keywordSets' | 'length'>, 'uid'> & {
  readonly uid: Uint32Array
}

const columns = [
  'uid',
  'modseqs',
  'flags',
  'keywords',
  'octets',
  'receivedAt',
  'zone',
  'savedAt',
  'message',
  'thread',
] as const

export function rowsOf(view: View): Rows {
  const { state, uids } = view
  const { length } = uids
  // No UID up to our last can be new, so an equal number of them means that none is gone and the state's columns are ours.
  const last = length > 0 ? uids[length - 1]! : 0
  if (lowerBound(state.uid, state.length, last + 1) === length) return sharedRows(state, length)
  return gatheredRows(view, state, uids)
}

/** Columns are replaced, never shifted, when messages go: those held here stay in step. */
function sharedRows(state: MailboxState, length: number): Rows {
  const { keywordSets, uid, modseqs, flags, keywords, octets, receivedAt, zone, savedAt, message, thread } = state
  return { length, keywordSets, uid, modseqs, flags, keywords, octets, receivedAt, zone, savedAt, message, thread }
}

function gatheredRows(view: View, state: MailboxState, uids: Uint32Array): Rows {
  const { length } = uids
  const { keywordSets } = state
  const rows = {
    length,
    keywordSets,
    uid: uids,
    modseqs: new Float64Array(length),
    flags: new Uint8Array(length),
    keywords: new Uint32Array(length),
    octets: new Float64Array(length),
    receivedAt: new Float64Array(length),
    zone: new Int16Array(length),
    savedAt: new Float64Array(length),
    message: new Float64Array(length),
    thread: new Float64Array(length),
  }
  for (let at = 0, from = 0; at < length; at++) {
    while (from < state.length && state.uid[from]! < uids[at]!) from++
    if (from < state.length && state.uid[from] === uids[at]) {
      for (const column of columns) if (column !== 'uid') rows[column][at] = state[column][from]!
      continue
    }
    const ghost = view.find(uids[at]!)
    // Not even kept: it matches as a message without anything would.
    if (!ghost) continue
    for (const column of ['flags', 'octets', 'receivedAt', 'zone', 'savedAt', 'message', 'thread'] as const) {
      rows[column][at] = ghost[column]
    }
    rows.modseqs[at] = ghost.modseq
    rows.keywords[at] = Math.max(0, keywordSets.indexOf(ghost.keywords))
  }
  return rows
}

/** Highest modseq among the rows named; 0 for none. RFC 7162 §3.1.6 */
export function highestModseq(rows: Rows, positions: ArrayLike<number>): number {
  let highest = 0
  for (let i = 0; i < positions.length; i++) highest = Math.max(highest, rows.modseqs[positions[i]!]!)
  return highest
}
