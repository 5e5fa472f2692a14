import type { Octets } from '#base/bytes.ts'
import type { News, View } from '#mail/view.ts'
import { flags, uidSet } from '../wire/writer.ts'
import type { Session } from './session.ts'
import { TimeSlice } from './time-slice.ts'

/** Answers made between two looks at the clock and at the client's reading. */
const LINES = 500

/**
 * Untagged answers about the selected mailbox that nobody asked for. RFC 9051 §7.5.1, RFC 7162 §3.2.10, RFC 9586 §3
 *
 * `claimed` are the new messages that are \Recent here: it takes a commit to know, and EXISTS does not wait for that.
 */
export async function sendNews(
  session: Session,
  news: News,
  withUid: boolean,
  claimed: Promise<{ readonly from: number; readonly to: number }> | null,
): Promise<void> {
  const view = session.view!
  const { expunged, exists, changed } = news
  session.write(formatNewKeywords(view))
  if (expunged.uids.length > 0) {
    if (session.enabled.qresync || session.enabled.uidOnly) {
      session.write(`* VANISHED ${uidSet(expunged.uids.toReversed())}\r\n`)
    } else await sendLines(session, expunged.seqs, seq => `* ${seq} EXPUNGE\r\n`)
  }
  if (exists !== null) {
    session.write(`* ${exists} EXISTS\r\n`)
    if (claimed) {
      if (session.idling) session.connection.flush()
      view.addRecent(await claimed)
    }
    if (!session.enabled.rev2) session.write(`* ${view.recentCount()} RECENT\r\n`)
  }
  await sendLines(session, changed, uid => formatFlagsOf(session, uid, withUid))
}

async function sendLines(
  session: Session,
  numbers: readonly number[],
  line: (number: number) => Octets,
): Promise<void> {
  const slice = numbers.length > LINES ? new TimeSlice() : null
  for (let from = 0; from < numbers.length; from += LINES) {
    let out = ''
    for (const number of numbers.slice(from, from + LINES)) out += line(number)
    session.write(out)
    if (slice === null) return
    await session.drained()
    await slice.rest()
  }
}

export const SYSTEM_FLAGS = '\\Answered \\Flagged \\Deleted \\Seen \\Draft'

/** The flags of the mailbox once more when it has learned keywords. RFC 9051 §7.3.5 */
export function formatNewKeywords(view: View): Octets {
  const { knownKeywords } = view.state
  if (view.keywordsTold === knownKeywords.size) return ''
  view.keywordsTold = knownKeywords.size
  const all = [SYSTEM_FLAGS, ...knownKeywords.values()].join(' ')
  return `* FLAGS (${all})\r\n* OK [PERMANENTFLAGS (${view.readOnly ? '' : `${all} \\*`})] Flags that stay\r\n`
}

/** One untagged FETCH with the flags of a message, with what the client's extensions ask to be beside them. */
export function formatFlagsOf(session: Session, uid: number, withUid: boolean): Octets {
  const view = session.view!
  const entry = view.find(uid)
  const seq = view.seqOf(uid)
  if (!entry || seq === 0) return ''
  const { enabled } = session
  const recent = !enabled.rev2 && view.isRecent(uid)
  let items = `FLAGS ${flags(entry.flags, entry.keywords, recent)}`
  if (enabled.condstore) items += ` MODSEQ (${entry.modseq})`
  if (enabled.uidOnly) return `* ${uid} UIDFETCH (${items})\r\n`
  if (withUid || enabled.qresync) items = `UID ${uid} ${items}`
  return `* ${seq} FETCH (${items})\r\n`
}
