import { durationMs } from '#config/units.ts'
import { Exit, Failure, UsageFault } from '../../exits.ts'
import { progress } from '../../progress.ts'
import { dataOptions, loaderFor, loadOrFail } from '../../settings.ts'
import { verb } from '../../verb.ts'

export const mailboxPurge = verb({
  name: 'mailbox purge',
  summary: 'Forget expunged mail of all users for good and give back its space',
  details:
    'A server does this by itself when mail has been kept long enough. Space that a running server may still read from comes back an hour later, with the next purge or the server’s own.',
  options: {
    ...dataOptions,
    'older-than': { value: 'TIME', doc: 'What was expunged longer ago than this: "7 d"; "0 s" is everything' },
    yes: { doc: 'Do not ask' },
    json: { doc: 'Answer as one JSON object' },
  },
  examples: [
    ['rookery mailbox purge --older-than "7 d"', 'asks first when a person is there'],
    ['rookery mailbox purge --older-than "0 s" --yes', 'everything that was ever expunged'],
  ],

  async run({ options, composition, terminal }) {
    const age = options['older-than']
    const ageMs = age === undefined ? null : durationMs(age)
    if (ageMs === null) throw new UsageFault('--older-than wants a duration like "7 d"')
    const { config } = loadOrFail(loaderFor(options, terminal.env), terminal)
    if (!options.yes && terminal.interactive) {
      const typed = await terminal.ask('Purged mail cannot be had back. Type yes to go on: ')
      if (typed.trim().toLowerCase() !== 'yes') throw new Failure(Exit.no, 'nothing was purged')
    }
    const bar = progress(terminal, { unit: 'messages', total: null, silent: options.json })
    const report = await composition.purge(config, Date.now() - ageMs, done => bar.to(done))
    bar.end()
    if (options.json) terminal.out(`${JSON.stringify(report)}\n`)
    else terminal.out(`Purged ${report.messages} messages; ${report.octets} octets of files are free.\n`)
    return Exit.ok
  },
})
