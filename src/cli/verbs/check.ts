import { Exit } from '../exits.ts'
import { progress } from '../progress.ts'
import { dataOptions, loaderFor, loadOrFail } from '../settings.ts'
import { verb } from '../verb.ts'

/** Faults that are printed one by one; the rest are counted. `--json` has all. */
const SHOWN = 50

export const check = verb({
  name: 'check',
  summary: 'Verify all mail that is kept, and repair what can be repaired',
  details:
    'Reads every row and every stored body. Safe while a server runs on the same data, with --repair too: it sees what is committed, and its repairs are changes like any other. Work of the server that is under way then counts among the leftovers, which are no faults. Exit code 0: all is sound; 1: there are faults. A body that is lost or damaged cannot be repaired; its backup can.',
  options: {
    ...dataOptions,
    repair: { doc: 'Put right what follows from other records: totals, references, logs' },
    json: { doc: 'Answer as one JSON object' },
  },
  examples: [
    ['rookery check', 'reads everything, changes nothing'],
    ['rookery check --repair --data /var/lib/rookery', 'then tells what is left'],
    ['rookery check --json | jq .faults', 'for a script'],
  ],

  async run({ options, composition, terminal }) {
    const { config } = loadOrFail(loaderFor(options, terminal.env), terminal)
    const bar = progress(terminal, { unit: 'messages', total: null, silent: options.json })
    const report = await composition.check(config, {
      repair: options.repair,
      onProgress: messages => bar.to(messages),
    })
    bar.to(report.messages)
    bar.end()
    const { faults, repaired, messages, octets, leftovers } = report
    const exit = faults.length === 0 ? Exit.ok : Exit.no
    if (options.json) {
      terminal.out(`${JSON.stringify(report)}\n`)
      return exit
    }
    for (const each of repaired) terminal.out(`repaired: ${each}\n`)
    for (const { fault, where, shard } of faults.slice(0, SHOWN)) {
      terminal.out(
        `fault: ${fault} (${Object.entries({ shard, ...where })
          .map(([name, value]) => `${name} ${value}`)
          .join(', ')})\n`,
      )
    }
    if (faults.length > SHOWN) terminal.out(`… and ${faults.length - SHOWN} faults more; --json lists all\n`)
    const { tornOctets, files } = leftovers
    if (tornOctets + files > 0) {
      terminal.out(
        `Left over from work in progress or crashes: ${files} files, ${tornOctets} octets; the server removes them in time.\n`,
      )
    }
    const found = faults.length === 0 ? 'no faults' : `${faults.length} fault${faults.length === 1 ? '' : 's'}`
    terminal.out(`${messages} messages, ${octets} octets: ${found}.\n`)
    if (faults.length > 0 && !options.repair) terminal.out('"rookery check --repair" puts right what can be.\n')
    return exit
  },
})
