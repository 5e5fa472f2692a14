import { Exit } from '../../exits.ts'
import { faultLine, loaderFor } from '../../settings.ts'
import { verb } from '../../verb.ts'

export const check = verb({
  name: 'config check',
  summary: 'List every fault of a configuration',
  arguments: [{ name: 'FILE', doc: 'The configuration file; ROOKERY_CONFIG when left out', optional: true }],
  options: {
    set: { value: 'KEY=VALUE', multiple: true, doc: 'A setting as on the command line of the server' },
    json: { doc: 'As a JSON list of objects with severity, place, line and message' },
  },
  examples: [['rookery config check /etc/rookery.toml', 'before a restart; exit code 78 when there are faults']],

  async run({ options, arguments: [file], terminal }) {
    const { faults } = loaderFor({ config: file, set: options.set }, terminal.env)()
    if (options.json) terminal.out(`${JSON.stringify(faults)}\n`)
    else for (const fault of faults) terminal.out(`${faultLine(fault)}\n`)
    const faulty = faults.some(fault => fault.severity === 'error')
    if (!options.json && !faulty) terminal.out('The configuration is good.\n')
    return faulty ? Exit.config : Exit.ok
  },
})
