import { explainText } from '#config/explain.ts'
import { nearest } from '#config/nearest.ts'
import { byKey, settings } from '#config/schema.ts'
import { exampleOf, variableOf } from '#config/setting.ts'
import { Exit, UsageFault } from '../../exits.ts'
import { verb } from '../../verb.ts'

export const explain = verb({
  name: 'config explain',
  summary: 'Explain a setting; without KEY, list all',
  arguments: [{ name: 'KEY', doc: 'A setting, like limits.message_size, or a table, like limits', optional: true }],
  options: { json: { doc: 'As a JSON list of objects' } },
  examples: [
    ['rookery config explain', 'every setting in one line'],
    ['rookery config explain limits.message_size', 'one of them'],
  ],

  async run({ options, arguments: [key], terminal }) {
    const chosen = settings.filter(
      ({ setting }) => key === undefined || setting.key === key || setting.key.startsWith(`${key}.`),
    )
    if (chosen.length === 0) {
      const near = nearest(key ?? '', byKey.keys())
      throw new UsageFault(`there is no setting ${key}${near === null ? '' : `; did you mean ${near}?`}`)
    }
    if (options.json) {
      const all = chosen.map(({ setting }) => ({
        key: setting.key,
        form: setting.kind.name,
        default: setting.kind.write(setting.default),
        example: exampleOf(setting),
        variable: variableOf(setting.key),
        flag: setting.flag?.name ?? null,
        since: setting.since,
        reloadable: setting.reloadable,
        doc: setting.doc,
      }))
      terminal.out(`${JSON.stringify(all)}\n`)
    } else if (key === undefined) {
      const wide = Math.max(...chosen.map(({ setting }) => setting.key.length))
      for (const { setting } of chosen) {
        terminal.out(`${setting.key.padEnd(wide)}  ${setting.doc.split(/(?<=\.) /)[0]}\n`)
      }
    } else terminal.out(chosen.map(({ setting }) => explainText(setting)).join('\n'))
    return Exit.ok
  },
})
