import type { Octets } from '#base/bytes.ts'
import type { News, View } from '#mail/view.ts'
import { flags, uidSet } from '../wire/writer.ts'
import type { Session } from './session.ts'

/** Untagged answers about the selected mailbox that nobody asked for. RFC 9051 §7.5.1, RFC 7162 §3.2.10, RFC 9586 §3 */
export function formatNews(session: Session, news: News, withUid: boolean): Octets {
  const view = session.view!
  let out = formatNewKeywords(view)
  if (news.expunged.uids.length > 0) {
    if (session.enabled.qresync || session.enabled.uidOnly) {
      out += `* VANISHED ${uidSet(news.expunged.uids.toReversed())}\r\n`
    } else {
      for (const seq of news.expunged.seqs) out += `* ${seq} EXPUNGE\r\n`
    }
  }
  if (news.exists !== null) {
    out += `* ${news.exists} EXISTS\r\n`
    if (!session.enabled.rev2) out += `* ${view.recentCount()} RECENT\r\n`
  }
  for (const uid of news.changed) out += formatFlagsOf(session, uid, withUid)
  return out
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
