import { MAX_UID } from '#base/ids.ts'
import type { Mail } from '#mail/mail.ts'
import type { View } from '#mail/view.ts'
import type { UidRanges } from '#ports/metadata.ts'
import type { Session } from '../session/session.ts'
import { TimeSlice } from '../session/time-slice.ts'
import { formatFlagsOf } from '../session/updates.ts'
import { contains, intersect, normalise, rangesOf } from '../wire/sets.ts'
import type { SelectArgs, SequenceSet } from '../wire/syntax.ts'
import { ranges } from '../wire/writer.ts'

type Known = NonNullable<SelectArgs['qresync']>
type Written = Exclude<SequenceSet, 'saved'>

/** Tells a returning client what it missed, in place of a fetch of everything. RFC 7162 §3.2.5 */
export async function resynchronise(session: Session, mail: Mail, view: View, known: Known): Promise<void> {
  const { state } = view
  if (known.uidValidity !== state.uidValidity) return
  const asked = known.known === null || known.known === 'saved' ? null : known.known
  // Noted before anything is waited for: afterwards the state may be another, while the client counts what it was told now.
  const changed = changedSince(view, known.modseq, asked)
  const vanished = await vanishedUids(mail, view, known.modseq, asked, known.match)
  if (vanished.length > 0) session.write(`* VANISHED (EARLIER) ${ranges(vanished)}\r\n`)

  const slice = new TimeSlice(8)
  for (const uid of changed) {
    session.write(formatFlagsOf(session, uid, true))
    const wait = session.drained() ?? slice.rest()
    if (wait) await wait
  }
}

function changedSince({ state }: View, modseq: number, asked: Written | null): readonly number[] {
  const wanted = asked && normalise(asked, MAX_UID)
  const changed: number[] = []
  for (let at = 0; at < state.length; at++) {
    const uid = state.uid[at]!
    if (state.modseqs[at]! > modseq && (!wanted || contains(wanted, uid))) changed.push(uid)
  }
  return changed
}

/**
 * UIDs gone since the modseq, of those asked for. When the log no longer reaches back so far, all that are not here: more than was
 * asked, which is allowed, and never less. What this session still counts is told without EARLIER when it may be. RFC 7162 §3.2.6, §3.2.10
 */
export async function vanishedUids(
  mail: Mail,
  view: View,
  modseq: number,
  asked: Written | null,
  match: Known['match'] = null,
): Promise<UidRanges> {
  const { state } = view
  const from = matchedUpTo(view, match) + 1
  const wanted = intersect(normalise(asked ?? [[1, MAX_UID]], state.uidNext - 1), [[from, MAX_UID]])
  const logged = await mail.metadata.vanishedSince(mail.account, state.id, modseq)
  const gone = logged ? rangesOf(logged.filter(uid => view.seqOf(uid) === 0)) : missing(view)
  return intersect(gone, wanted)
}

/** What lies between the UIDs of the mailbox and of those counted here, and below UIDNEXT. */
function missing(view: View): UidRanges {
  const { state } = view
  const there = state.uid.subarray(0, state.length)
  const uids = view.holdsExpunge ? Uint32Array.from(new Set([...view.uids, ...there])).sort() : there
  const gaps: [number, number][] = []
  let next = 1
  for (const uid of uids) {
    if (uid > next) gaps.push([next, uid - 1])
    next = uid + 1
  }
  if (next < state.uidNext) gaps.push([next, state.uidNext - 1])
  return gaps
}

/** The highest UID up to which the client's numbers and UIDs agree with ours: it knows what is gone below. RFC 7162 §3.2.5.2 */
function matchedUpTo(view: View, match: Known['match']): number {
  if (!match || match.seqs === 'saved' || match.uids === 'saved') return 0
  const seqs = match.seqs.flatMap(numbersOf)
  const uids = match.uids.flatMap(numbersOf)
  let matched = 0
  for (let i = 0; i < Math.min(seqs.length, uids.length); i++) {
    if (seqs[i]! > view.exists || view.uidAt(seqs[i]!) !== uids[i]) break
    matched = uids[i]!
  }
  return matched
}

/** Match data are a few samples; of a huge range nobody has use, and what follows it is not paired. */
const MOST_SAMPLES = 10_000

function numbersOf([a, b]: readonly [number, number]): readonly number[] {
  const from = Math.min(a, b)
  const to = Math.max(a, b)
  if (to - from >= MOST_SAMPLES) return [0]
  return Array.from({ length: to - from + 1 }, (_, i) => from + i)
}
