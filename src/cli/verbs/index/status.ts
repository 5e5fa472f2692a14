import { Exit } from '../../exits.ts'
import { dataOptions, loaderFor, loadOrFail } from '../../settings.ts'
import { table } from '../../table.ts'
import { verb } from '../../verb.ts'

export const indexStatus = verb({
  name: 'index status',
  summary: 'Show how far the search index is, and what it takes',
  details:
    'The index makes searches for text fast. A running server keeps it in the background; mail that is not in it yet is read when it is searched, so answers are the same with it, without it and in between.',
  options: { ...dataOptions, json: { doc: 'Answer as one JSON object' } },
  examples: [
    ['rookery index status', 'messages in the index and behind, size, rate'],
    ['rookery index status --json | jq .behind', 'for a script'],
  ],

  async run({ options, composition, terminal }) {
    const { config } = loadOrFail(loaderFor(options, terminal.env), terminal)
    const status = await composition.indexStatus(config)
    if (options.json) {
      terminal.out(`${JSON.stringify(status)}\n`)
      return Exit.ok
    }
    const { messages, behind, octets, files, kept, rebuildAsked, octetsPerSecond } = status
    terminal.out(
      table([
        ['messages', messages],
        ['behind', behind],
        ['files', files],
        ['octets', octets],
        ...(octetsPerSecond === null ? [] : [['octets of mail per second, last', Math.round(octetsPerSecond)]]),
      ]),
    )
    terminal.out(kept ? 'A running process keeps it.\n' : 'No process keeps it now; a server does while it runs.\n')
    if (rebuildAsked) terminal.out('It is to be made anew.\n')
    return Exit.ok
  },
})
