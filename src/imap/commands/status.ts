import { mailboxNamed } from '#mail/mailboxes.ts'
import type { MailboxRow } from '#ports/metadata.ts'
import { type Command, ok } from '../session/command.ts'
import type { Session } from '../session/session.ts'
import { parseStatusArgs } from '../wire/status-args.ts'
import type { StatusItem } from '../wire/syntax.ts'
import { mailboxName } from '../wire/writer.ts'
import { mailboxObjectId } from './object-ids.ts'

/** RFC 9051 §6.3.11; SIZE RFC 8438, HIGHESTMODSEQ RFC 7162 §3.1.7, DELETED-STORAGE RFC 9208 §4.1.4 */
export const status: Command<'authenticated', { mailbox: string; items: readonly StatusItem[] }> = {
  name: 'STATUS',
  phase: 'authenticated',
  parse: parseStatusArgs,
  async run({ session, mail }, { mailbox, items }) {
    const row = await mailboxNamed(mail, mailbox)
    session.write(formatStatus(session, row, items))
    return ok('STATUS done')
  },
}

export function formatStatus(session: Session, row: MailboxRow, items: readonly StatusItem[]): string {
  if (items.includes('HIGHESTMODSEQ')) session.enableCondstore()
  const values = items.map(item => `${item} ${value(session, row, item)}`)
  return `* STATUS ${mailboxName(row.name, session.utf8)} (${values.join(' ')})\r\n`
}

function value(session: Session, row: MailboxRow, item: StatusItem): string | number {
  switch (item) {
    case 'MESSAGES':
      return row.messages
    case 'RECENT':
      return session.enabled.rev2 ? 0 : Math.max(0, Math.min(row.messages, row.uidNext - row.recentFrom))
    case 'UIDNEXT':
      return row.uidNext
    case 'UIDVALIDITY':
      return row.uidValidity
    case 'UNSEEN':
      return row.unseen
    case 'DELETED':
      return row.deleted
    case 'SIZE':
      return row.octets
    case 'HIGHESTMODSEQ':
      return row.modseq
    case 'APPENDLIMIT':
      return session.services.settings.appendLimit
    case 'MAILBOXID':
      return `(${mailboxObjectId(row.id)})`
    case 'DELETED-STORAGE':
      return row.deletedOctets
  }
}
