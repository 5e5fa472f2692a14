import type { Mail } from '#mail/mail.ts'
import type { View } from '#mail/view.ts'
import type { Session } from '../session/session.ts'
import { formatFlagsOf } from '../session/updates.ts'
import { containsUid } from '../wire/sets.ts'
import type { SelectArgs } from '../wire/syntax.ts'
import { formatUidSet } from '../wire/writer.ts'

/** Tells a returning client what it missed, in place of a fetch of everything. RFC 7162 §3.2.5 */
export async function resynchronise(session: Session, mail: Mail, view: View, known: NonNullable<SelectArgs['qresync']>): Promise<void> {
  const { state } = view
  if (known.uidValidity !== state.uidValidity) return
  const vanished = await vanishedSince(mail, view, known)
  if (vanished.length > 0) session.write(`* VANISHED (EARLIER) ${formatUidSet(vanished)}\r\n`)
  for (let at = 0; at < state.length; at++) {
    const uid = state.uid[at]!
    if (state.modseqs[at]! <= known.modseq || !inKnown(known, uid)) continue
    session.write(formatFlagsOf(session, uid, true))
    if (at % 1000 === 999) await session.drained()
  }
}

type Known = NonNullable<SelectArgs['qresync']>

const inKnown = (known: Known, uid: number): boolean =>
  known.known === null || known.known === 'saved' || containsUid(known.known, uid)

/** UIDs of the client's that are gone; when the log no longer reaches back, all those it may know that are not here. */
export async function vanishedSince(mail: Mail, view: View, known: Known): Promise<readonly number[]> {
  const { state } = view
  const logged = await mail.metadata.vanishedSince(mail.account, state.id, known.modseq)
  if (logged) return [...logged].filter(uid => inKnown(known, uid))
  return missingUids(view, uid => uid > matchedUpTo(view, known) && inKnown(known, uid))
}

/** Every UID below UIDNEXT that is not in the mailbox. */
export function missingUids(view: View, wanted: (uid: number) => boolean): readonly number[] {
  const { state } = view
  const missing: number[] = []
  let at = 0
  for (let uid = 1; uid < state.uidNext; uid++) {
    if (state.uid[at] === uid && at < state.length) at++
    else if (wanted(uid)) missing.push(uid)
  }
  return missing
}

/** The highest UID up to which the client's own numbers and UIDs agree with ours: nothing below it is gone. RFC 7162 §3.2.5.2 */
function matchedUpTo(view: View, { match }: Known): number {
  if (!match || match.seqs === 'saved' || match.uids === 'saved') return 0
  const seqs = match.seqs.flatMap(expand)
  const uids = match.uids.flatMap(expand)
  let matched = 0
  for (let i = 0; i < Math.min(seqs.length, uids.length); i++) {
    if (seqs[i]! > view.exists || view.uidAt(seqs[i]!) !== uids[i]) break
    matched = uids[i]!
  }
  return matched
}

/** Match data are few samples; a client that writes huge ranges gets no use of them. */
const MOST_SAMPLES = 10_000

function expand([a, b]: readonly [number, number]): readonly number[] {
  if (a === Infinity || b === Infinity || Math.abs(b - a) > MOST_SAMPLES) return []
  const [from, to] = a < b ? [a, b] : [b, a]
  return Array.from({ length: to - from + 1 }, (_, i) => from + i)
}
