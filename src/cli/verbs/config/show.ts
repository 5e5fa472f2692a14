import { settings } from '#config/schema.ts'
import { Exit } from '../../exits.ts'
import { faultLine, loaderFor, serveOptions } from '../../settings.ts'
import { verb } from '../../verb.ts'

export const show = verb({
  name: 'config show',
  summary: 'Show the effective settings and where each comes from',
  options: { ...serveOptions, json: { doc: 'As one JSON object: key → value, layer, place' } },
  examples: [
    ['rookery config show --config /etc/rookery.toml', 'what a server with this file would do'],
    ['rookery config show --json | jq \'.["limits.message_size"]\'', 'one of them'],
  ],

  async run({ options, terminal }) {
    const { config, faults, origins } = loaderFor(options, terminal.env)()
    for (const fault of faults) terminal.err(`${faultLine(fault)}\n`)
    const groups: Readonly<Record<string, Readonly<Record<string, unknown>>>> = config
    const rows = settings.map(({ group, name, setting }) => ({
      key: setting.key,
      value: groups[group]?.[name],
      text: setting.kind.write(groups[group]?.[name]),
      origin: origins.get(setting.key)!,
    }))
    if (options.json) {
      const all = rows.map(({ key, text, origin }) => [key, { value: text, layer: origin.layer, place: origin.place }])
      terminal.out(`${JSON.stringify(Object.fromEntries(all))}\n`)
    } else {
      const wide = Math.max(...rows.map(({ key, text }) => Math.min(60, key.length + text.length)))
      for (const { key, text, origin } of rows)
        terminal.out(`${`${key} = ${text}`.padEnd(wide + 3)}  # ${origin.place}\n`)
    }
    return faults.some(fault => fault.severity === 'error') ? Exit.config : Exit.ok
  },
})
