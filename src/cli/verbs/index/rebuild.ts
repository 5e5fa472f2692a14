import { Exit } from '../../exits.ts'
import { progress } from '../../progress.ts'
import { dataOptions, loaderFor, loadOrFail } from '../../settings.ts'
import { verb } from '../../verb.ts'

export const indexRebuild = verb({
  name: 'index rebuild',
  summary: 'Make the search index anew',
  details:
    'It repairs itself, so this is for what nobody thought of. A running server is asked to do it and does so in the background; without one it is done here. Meanwhile searches read mail: slower, with the same answers.',
  options: { ...dataOptions, json: { doc: 'Answer as one JSON object' } },
  examples: [
    ['rookery index rebuild', 'asks the server that runs on the same data, or does it'],
    ['rookery index rebuild --data /var/lib/rookery', 'with the data in another place'],
  ],

  async run({ options, composition, terminal }) {
    const { config } = loadOrFail(loaderFor(options, terminal.env), terminal)
    const { behind, messages: total } = await composition.indexStatus(config)
    const bar = progress(terminal, { unit: 'messages', total: total + behind, silent: options.json })
    const report = await composition.rebuildIndex(config, messages => bar.to(messages))
    if (report !== null) bar.end()
    if (options.json) terminal.out(`${JSON.stringify(report ?? { asked: true })}\n`)
    else if (report === null)
      terminal.out('The process that keeps the index was asked; it is at work in the background.\n')
    else terminal.out(`The index has ${report.messages} messages in ${report.octets} octets.\n`)
    return Exit.ok
  },
})
