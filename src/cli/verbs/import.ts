import { type Format, formats, type Quoting, quotings } from '#ports/transfer.ts'
import { Exit, UsageFault } from '../exits.ts'
import { mailOptions, withMail } from '../mail.ts'
import { table } from '../table.ts'
import { transferProgress } from '../transfer-progress.ts'
import { verb } from '../verb.ts'

export const importVerb = verb({
  name: 'import',
  summary: 'Bring mail from mbox files, a Maildir or .eml files to a user',
  details: [
    'Flags, keywords, dates and UIDs come along where the format has them; UIDs only into a mailbox that was never used. Line ends become CRLF. Mailboxes that are missing are made and subscribed. Works while a server runs.',
    '',
    'mbox: a file, or a folder of files that are mailboxes (NAME, NAME.mbox, folders and NAME.sbd for those below). "From " separates messages where it looks like one. Status, X-Status, X-Keywords, X-UID, X-IMAP, X-IMAPbase, Content-Length and the X-Mozilla marks are read and taken out; the date of the "From " line counts, in UTC when it has no zone.',
    'maildir: Maildir, Maildir++ (.Sent.2026), and Maildirs in folders; flags from names, keywords from dovecot-keywords, UIDs from dovecot-uidlist or ",U=" in names, dates from file times.',
    'eml: a message or a folder of them, folders are mailboxes; with the list that an export puts beside them everything comes back, else the date is that of the message.',
    '',
    'An import that was interrupted is run again with the same words: what it brought is known by content and skipped. Messages that cannot be taken (too big, unreadable) are named on standard error and counted; then the exit code is 1.',
  ].join('\n'),
  arguments: [{ name: 'PATH', doc: 'File or folder to read; it is not changed' }],
  options: {
    ...mailOptions,
    into: { value: 'MAILBOX', doc: 'Bring it into this mailbox, and those of a folder below it' },
    format: { value: 'FORMAT', doc: `${formats.join(', ')} or auto (the default)` },
    quoting: { value: 'STYLE', doc: `How the mbox hides "From " in bodies: ${quotings.join(', ')} (default mboxrd)` },
    'dry-run': { doc: 'Read everything and say what would be done' },
    again: { doc: 'Bring also what an earlier import of the same PATH has brought' },
    quiet: { doc: 'No progress' },
    json: { doc: 'Answer as one JSON object' },
  },
  examples: [
    ['rookery import --user ann ~/Maildir', 'all folders of a Maildir++'],
    ['rookery import --user ann --into Old ~/mail.mbox', 'one file into one mailbox'],
    ['rookery import --user ann --format eml --dry-run --json ./letters', 'what would come'],
  ],

  async run(call) {
    const { options, terminal, composition } = call
    const format = chosen<Format | 'auto'>('format', options.format ?? 'auto', [...formats, 'auto'])
    const quoting = chosen<Quoting>('quoting', options.quoting ?? 'mboxrd', quotings)
    const bar = transferProgress(terminal, options.json || options.quiet)
    const report = await withMail(call, (mail, config) =>
      composition.importMail(config, mail, {
        path: call.arguments[0]!,
        into: options.into ?? null,
        format: format === 'auto' ? null : format,
        quoting,
        dryRun: options['dry-run'],
        again: options.again,
        onProgress: bar.to,
        onProblem: bar.problem,
      }),
    ).finally(bar.end)
    if (options.json)
      terminal.out(`${JSON.stringify({ ...report, dryRun: options['dry-run'], details: bar.problems })}\n`)
    else {
      terminal.out(
        table(
          [
            ['format', report.format],
            ['mailboxes', report.mailboxes],
            [options['dry-run'] ? 'would come' : 'came', report.messages],
            ['octets', report.octets],
            ['skipped, had come before', report.skipped],
            ['could not keep their UID', report.renumbered],
            ['not taken', report.problems],
          ].map(([name, value]) => [`${name}:`, value!]),
        ),
      )
    }
    return report.problems > 0 ? Exit.no : Exit.ok
  },
})

export function chosen<Word extends string>(option: string, word: string, words: readonly Word[]): Word {
  const found = words.find(each => each === word.toLowerCase())
  if (found === undefined) throw new UsageFault(`--${option} is one of ${words.join(', ')}; it is ${word}`)
  return found
}
