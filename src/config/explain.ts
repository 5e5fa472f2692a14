/** A setting in words: for `config explain` and for docs/config.md. */
import { settings } from './schema.ts'
import { exampleOf, type Setting, variableOf } from './setting.ts'

/** `limits.message_size = "64 MiB"` as it stands in a file: with its table above. */
function inFile(setting: Setting, value: string): string {
  const at = setting.key.lastIndexOf('.')
  return at < 0 ? `${setting.key} = ${value}` : `[${setting.key.slice(0, at)}]\n${setting.key.slice(at + 1)} = ${value}`
}

const facts = (setting: Setting): readonly (readonly [string, string])[] => [
  ['Form', setting.kind.name],
  ['Default', setting.kind.write(setting.default)],
  ['Variable', variableOf(setting.key)],
  ['Option', setting.flag === undefined ? `--set ${setting.key}=…` : `--${setting.flag.name} ${setting.flag.value}`],
  ['Taken up', setting.reloadable ? 'on SIGHUP' : 'at a restart'],
  ['Since', setting.since],
]

export function explainText(setting: Setting): string {
  return [
    setting.key,
    `  ${setting.doc}`,
    '',
    ...facts(setting).map(([name, value]) => `  ${`${name}:`.padEnd(10)} ${value}`),
    '  Example:',
    ...inFile(setting, exampleOf(setting))
      .split('\n')
      .map(line => `    ${line}`),
    '',
  ].join('\n')
}

const intro = `# Settings

This page is made from the schema in \`src/config/schema.ts\`; \`npm run check\` fails when it is stale, and \`node scripts/config-page.ts\` writes it anew.

Rookery needs no file. A setting is taken from the first of: an option of the command line, an environment variable, the file named by
\`--config\` or \`ROOKERY_CONFIG\`, the default below. The file is TOML. Durations are written like \`"30 min"\` or \`"180 s"\`, sizes like
\`"64 MiB"\`. Paths in the file are meant from the folder of the file, elsewhere from the working directory. In variables and options a list is
written with commas, and \`off\` is an empty one.

\`rookery config check FILE\` lists every fault at once, \`rookery config show\` the effective values and where they come from,
\`rookery config explain KEY\` what is said here.
`

/** docs/config.md. */
export function configPage(): string {
  const parts = [intro]
  let table: string | null = null
  for (const { setting } of settings) {
    const at = setting.key.lastIndexOf('.')
    const here = at < 0 ? '' : setting.key.slice(0, at)
    if (here !== table) parts.push(here === '' ? '## Before the first table\n' : `## [${here}]\n`)
    table = here
    const rows = facts(setting).map(([name, value]) => `- ${name}: \`${value}\``)
    parts.push(
      `### ${setting.key}\n\n${setting.doc}\n\n${rows.join('\n')}\n\n\`\`\`toml\n${inFile(setting, exampleOf(setting))}\n\`\`\`\n`,
    )
  }
  return parts.join('\n')
}
