import { listNames } from '#mail/mailboxes.ts'
import type { MailboxRow } from '#ports/metadata.ts'
import { Exit } from '../../exits.ts'
import { existingMailbox, mailOptions, withMail } from '../../mail.ts'
import { table } from '../../table.ts'
import { verb } from '../../verb.ts'

export const mailboxList = verb({
  name: 'mailbox list',
  summary: 'List the mailboxes of a user',
  details: 'Role, messages, unseen messages, octets and UIDVALIDITY of each. A name in brackets has no mailbox.',
  options: { ...mailOptions, json: { doc: 'As a JSON list of objects' } },
  examples: [
    ['rookery mailbox list --user ann', 'a table'],
    ["rookery mailbox list --user ann --json | jq -r '.[].name'", 'names alone'],
  ],

  async run(call) {
    const names = await withMail(call, listNames)
    if (call.options.json) {
      const rows = names.map(({ name, mailbox, subscribed }) =>
        mailbox === null ? { name, subscribed, exists: false } : { subscribed, exists: true, ...factsOf(mailbox) },
      )
      call.terminal.out(`${JSON.stringify(rows)}\n`)
      return Exit.ok
    }
    const head = ['MAILBOX', 'ROLE', 'MESSAGES', 'UNSEEN', 'OCTETS', 'UIDVALIDITY', '']
    const rows = names.map(({ name, mailbox, subscribed }) => {
      const note = subscribed ? '' : 'not subscribed'
      if (mailbox === null) return [`[${name}]`, '', '', '', '', '', note]
      const { role, messages, unseen, octets, uidValidity } = mailbox
      return [name, role ?? '', messages, unseen, octets, String(uidValidity), note]
    })
    call.terminal.out(table([head, ...rows]))
    return Exit.ok
  },
})

export const mailboxStatus = verb({
  name: 'mailbox status',
  summary: 'Tell all about one mailbox',
  arguments: [{ name: 'MAILBOX', doc: 'Its full name, levels separated by /' }],
  options: { ...mailOptions, json: { doc: 'As one JSON object' } },
  examples: [
    ['rookery mailbox status INBOX --user ann', 'counts, sizes and numbers'],
    ['rookery mailbox status "Archive/2026" --user ann --json', 'for a script'],
  ],

  async run(call) {
    const facts = factsOf(await withMail(call, mail => existingMailbox(mail, call.arguments[0]!)))
    if (call.options.json) call.terminal.out(`${JSON.stringify(facts)}\n`)
    else call.terminal.out(table(Object.entries(facts).map(([name, value]) => [name, String(value ?? 'none')])))
    return Exit.ok
  },
})

export const factsOf = (row: MailboxRow) => ({
  name: row.name,
  role: row.role,
  messages: row.messages,
  unseen: row.unseen,
  deleted: row.deleted,
  octets: row.octets,
  uidValidity: row.uidValidity,
  uidNext: row.uidNext,
  highestModseq: row.modseq,
  createdAt: new Date(row.createdAt).toISOString(),
})
