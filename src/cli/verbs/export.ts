import { type Format, formats } from '#ports/transfer.ts'
import { Exit, UsageFault } from '../exits.ts'
import { mailOptions, withMail } from '../mail.ts'
import { table } from '../table.ts'
import { transferProgress } from '../transfer-progress.ts'
import { verb } from '../verb.ts'
import { chosen } from './import.ts'

export const exportVerb = verb({
  name: 'export',
  summary: 'Write the mail of a user into mbox files, a Maildir or .eml files',
  details: [
    'TARGET is made, and is there only when all of it is; until then the work is in TARGET.part, where the same command goes on after an interruption. Works while a server runs; each mailbox is as it was at one moment. "rookery import" brings back what each format holds:',
    '',
    'mbox: NAME.mbox for each mailbox and a folder NAME for those below, mboxrd quoting, flags, keywords and UIDs in Status, X-Status, X-Keywords, X-UID and X-IMAPbase. It cannot hold a missing line end at the end of a message, bare line feeds, or fractions of a second. With one --mailbox and a TARGET that ends in .mbox, TARGET is that file.',
    'maildir: Maildir++ with flags in names, dovecot-keywords (26 keywords for each mailbox; more are counted as a problem) and dovecot-uidlist.',
    'eml: a folder for each mailbox, UID.eml for each message, and messages.jsonl with UIDs, flags, keywords and dates. It holds everything.',
    '',
    'UIDVALIDITY, roles and subscriptions are in rookery-export.jsonl. Characters that a file name cannot have are written as %XX (mbox, eml) or \\xx (Maildir).',
  ].join('\n'),
  arguments: [{ name: 'TARGET', doc: 'Folder to make; it must not be there yet, or be empty' }],
  options: {
    ...mailOptions,
    mailbox: { value: 'MAILBOX', multiple: true, doc: 'Only this one; "Archive/*" is all below; may be repeated' },
    format: { value: 'FORMAT', doc: formats.join(', ') },
    quiet: { doc: 'No progress' },
    json: { doc: 'Answer as one JSON object' },
  },
  examples: [
    ['rookery export --user ann --format maildir ./ann', 'everything, for Dovecot, mutt and others'],
    ['rookery export --user ann --format mbox --mailbox INBOX inbox.mbox', 'one mailbox in one file'],
    ['rookery export --user ann --format eml --mailbox "Archive/*" ./archive', 'a part of it, loss-free'],
  ],

  async run(call) {
    const { options, terminal, composition } = call
    if (options.format === undefined) throw new UsageFault(`--format is missing: ${formats.join(', ')}`)
    const format = chosen<Format>('format', options.format, formats)
    const bar = transferProgress(terminal, options.json || options.quiet)
    const report = await withMail(call, mail =>
      composition.exportMail(mail, {
        target: call.arguments[0]!,
        format,
        mailboxes: options.mailbox,
        onProgress: bar.to,
        onProblem: bar.problem,
      }),
    ).finally(bar.end)
    if (options.json) terminal.out(`${JSON.stringify({ ...report, details: bar.problems })}\n`)
    else {
      terminal.out(
        table([
          ['mailboxes:', report.mailboxes],
          ['written:', report.messages],
          ['octets:', report.octets],
          ['were written before:', report.skipped],
          ['problems:', report.problems],
        ]),
      )
    }
    return report.problems > 0 ? Exit.no : Exit.ok
  },
})
