import { Exit } from '../exits.ts'
import { verb } from '../verb.ts'
import { version } from '../version.ts'

export const versionVerb = verb({
  name: 'version',
  summary: 'Print the version',
  options: { json: { doc: 'As one JSON object, with the versions of Node.js and SQLite' } },
  examples: [['rookery version --json', 'for a report of a fault']],

  async run({ options, terminal }) {
    const { versions, platform, arch } = process
    const all = { rookery: version(), node: versions.node, sqlite: versions.sqlite ?? null, platform, arch }
    terminal.out(options.json ? `${JSON.stringify(all)}\n` : `rookery ${all.rookery}\n`)
    return Exit.ok
  },
})
