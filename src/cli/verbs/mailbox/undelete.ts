import { MAX_UID } from '#base/ids.ts'
import { durationMs } from '#config/units.ts'
import type { Mail } from '#mail/mail.ts'
import { createMailbox, setSubscribed } from '#mail/mailboxes.ts'
import { lookupName } from '#mail/names.ts'
import { decodeHeader } from '#mime/words.ts'
import type { ExpungedRow, MailboxRow, UidRanges } from '#ports/metadata.ts'
import { Exit, Failure, UsageFault } from '../../exits.ts'
import { mailOptions, withMail } from '../../mail.ts'
import { table } from '../../table.ts'
import { type Call, verb } from '../../verb.ts'

/** Rows looked at at a time; what was brought back is out of the way of the next look. */
const LOOK_ROWS = 50_000
/** Rows of one request, so that a server on the same data hardly waits for it. */
const STEP_ROWS = 500
const SHOWN_ROWS = 1_000

const options = {
  ...mailOptions,
  mailbox: { value: 'MAILBOX', doc: 'Only what was in this mailbox, which may be gone itself' },
  since: { value: 'TIME', doc: 'Only what was expunged in the last "2 d", "3 h"' },
  uid: { value: 'SET', doc: 'Only these UIDs of --mailbox: "4,7:9,20:*"' },
  into: { value: 'MAILBOX', doc: 'Bring everything back into this mailbox (default: where it was)' },
  list: { doc: 'Show what there is, newest first, and change nothing' },
  json: { doc: 'Answer in JSON' },
} as const

export const mailboxUndelete = verb({
  name: 'mailbox undelete',
  summary: 'Bring expunged messages and those of deleted mailboxes back',
  details:
    'Expunged mail is kept for the time that the configuration says. What comes back has its flags, keywords and date, is not marked as deleted, and gets new UIDs. A mailbox that is gone is made again.',
  options,
  examples: [
    ['rookery mailbox undelete --user ann --list', 'what could be had back'],
    ['rookery mailbox undelete --user ann --since "2 h"', 'undoes an accident'],
    ['rookery mailbox undelete --user ann --mailbox INBOX --uid 4,7:9 --into Rescued', 'just these, elsewhere'],
  ],

  async run(call) {
    const wanted = wantedBy(call)
    return withMail(call, async mail =>
      call.options.list ? await show(call, mail, wanted) : await bring(call, mail, wanted),
    )
  },
})

type Wanted = { readonly mailbox: string | null; readonly from: number; readonly uids: UidRanges | null }

function wantedBy({ options: { mailbox, since, uid } }: Call<typeof options>): Wanted {
  const sinceMs = since === undefined ? null : durationMs(since)
  if (since !== undefined && sinceMs === null)
    throw new UsageFault(`--since wants a duration like "2 d"; it is ${since}`)
  if (uid !== undefined && mailbox === undefined) throw new UsageFault('--uid needs --mailbox: UIDs are a mailbox’s')
  return {
    mailbox: mailbox === undefined ? null : lookupName(mailbox),
    from: sinceMs === null ? 0 : Date.now() - sinceMs,
    uids: uid === undefined ? null : rangesOf(uid),
  }
}

/** `4,7:9,20:*` */
export function rangesOf(set: string): UidRanges {
  return set.split(',').map(range => {
    const ends = range.split(':').map(end => (end === '*' ? MAX_UID : /^[1-9]\d{0,9}$/.test(end) ? Number(end) : 0))
    const [from = 0, to = from] = ends
    if (ends.length > 2 || from < 1 || to < 1 || Math.max(from, to) > MAX_UID) {
      throw new UsageFault(`--uid wants a set like "4,7:9,20:*"; it is ${set}`)
    }
    return [Math.min(from, to), Math.max(from, to)] as const
  })
}

/** The newest that are wanted, and whether all there are have been looked at. */
async function look(mail: Mail, { mailbox, from, uids }: Wanted, limit: number) {
  const rows = await mail.metadata.expunged(mail.account, limit)
  const found = rows.filter(
    row =>
      row.expungedAt >= from &&
      (mailbox === null || row.mailbox === mailbox) &&
      (uids === null || uids.some(([low, high]) => row.uid >= low && row.uid <= high)),
  )
  const oldest = rows.at(-1)
  return { found, all: rows.length < limit || (oldest !== undefined && oldest.expungedAt < from) }
}

async function show(
  { options: { json }, terminal }: Call<typeof options>,
  mail: Mail,
  wanted: Wanted,
): Promise<number> {
  const { found } = await lookFar(mail, wanted, SHOWN_ROWS)
  const rows = found.slice(0, SHOWN_ROWS)
  const facts = rows.map(row => ({
    mailbox: row.mailbox,
    uid: row.uid,
    expungedAt: new Date(row.expungedAt).toISOString(),
    octets: row.octets,
    subject: subjectOf(row),
  }))
  if (json) {
    terminal.out(`${JSON.stringify(facts)}\n`)
    return Exit.ok
  }
  const lines = facts.map(each => [each.expungedAt.slice(0, 19), each.mailbox, each.uid, each.octets, each.subject])
  if (lines.length === 0) terminal.out('There is nothing to have back.\n')
  else terminal.out(table([['EXPUNGED (UTC)', 'MAILBOX', 'UID', 'OCTETS', 'SUBJECT'], ...lines]))
  if (found.length > SHOWN_ROWS) terminal.out(`… and more; these are the newest ${SHOWN_ROWS}.\n`)
  return Exit.ok
}

/** Looks further back until there is enough or nothing more. */
async function lookFar(mail: Mail, wanted: Wanted, enough: number) {
  for (let limit = LOOK_ROWS; ; limit *= 4) {
    const looked = await look(mail, wanted, limit)
    if (looked.all || looked.found.length > enough) return looked
  }
}

async function bring(
  { options: { into, json }, terminal }: Call<typeof options>,
  mail: Mail,
  wanted: Wanted,
): Promise<number> {
  const back = new Map<string, number>()
  for (;;) {
    const { found, all } = await lookFar(mail, wanted, 0)
    let came = 0
    for (const [from, rows] of Map.groupBy(found, row => row.mailbox)) {
      const target = await targetOf(mail, into ?? from)
      // In the order they had, so that they have it again.
      rows.sort((a, b) => a.uid - b.uid)
      for (let at = 0; at < rows.length; at += STEP_ROWS) {
        const ranges = runsOf(rows.slice(at, at + STEP_ROWS).map(row => row.uid))
        const { to } = await mail.metadata.undelete(mail.account, from, ranges, target.id)
        back.set(target.name, (back.get(target.name) ?? 0) + to.length)
        came += to.length
      }
    }
    // Somebody else may have been faster.
    if (all || came === 0) break
  }
  const counts = [...back].map(([mailbox, messages]) => ({ mailbox, messages }))
  if (json) terminal.out(`${JSON.stringify(counts)}\n`)
  else for (const { mailbox, messages } of counts) terminal.out(`${messages} back in ${mailbox}.\n`)
  if (counts.length === 0) throw new Failure(Exit.no, 'there is nothing to have back')
  return Exit.ok
}

async function targetOf(mail: Mail, name: string): Promise<MailboxRow> {
  const found = await mail.metadata.mailboxNamed(mail.account, lookupName(name))
  if (found !== null) return found
  const made = await createMailbox(mail, name, null)
  await setSubscribed(mail, made.name, true)
  return made
}

function runsOf(uids: readonly number[]): UidRanges {
  const runs: [number, number][] = []
  for (const uid of uids.toSorted((a, b) => a - b)) {
    const last = runs.at(-1)
    if (last !== undefined && uid <= last[1] + 1) last[1] = uid
    else runs.push([uid, uid])
  }
  return runs
}

/** The second string of ENVELOPE; '' when there is none, or one so odd that it is no quoted string. RFC 9051 §7.5.2 */
function subjectOf({ envelope }: ExpungedRow): string {
  const quoted = /^\((?:NIL|"(?:[^"\\]|\\.)*") "((?:[^"\\]|\\.)*)"/.exec(envelope)?.[1]
  return quoted === undefined ? '' : printable(decodeHeader(quoted.replace(/\\(.)/g, '$1')))
}

/** Mail must not steer the terminal. */
const printable = (text: string) =>
  text.replace(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, ' ').slice(0, 120)
