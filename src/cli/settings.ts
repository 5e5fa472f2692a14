/** The options by which verbs take settings, made from the schema, and the way from them to a configuration. */
import type { Environment } from '#config/environment.ts'
import { type Fault, type Loaded, loadConfig } from '#config/load.ts'
import { settings } from '#config/schema.ts'
import { Exit, Failure, UsageFault } from './exits.ts'
import type { Terminal } from './terminal.ts'
import type { Option } from './verb.ts'

/** Of every verb that works on the data. */
export const dataOptions = {
  data: { value: 'DIR', doc: 'Folder of the data (default ./data, or what the configuration says)' },
  config: { value: 'FILE', doc: 'Configuration file (default: ROOKERY_CONFIG, else none)' },
  set: { value: 'KEY=VALUE', multiple: true, doc: 'Any other setting; "rookery config explain" lists them' },
} as const

/** The same and every setting that has a flag of its own, for the verbs that serve. */
export const serveOptions = {
  ...dataOptions,
  ...(Object.fromEntries(
    settings.flatMap(({ setting: { flag, doc } }) =>
      flag === undefined || flag.name in dataOptions
        ? []
        : [[flag.name, { value: flag.value, multiple: true as const, doc: firstSentence(doc) }]],
    ),
  ) as Readonly<Record<string, Required<Option>>>),
}

function firstSentence(doc: string): string {
  return doc
    .split(/(?<=\.) /)[0]!
    .replace(/[.;]$/, '')
    .replaceAll('`', '')
}

type Given = { readonly config: string | undefined; readonly set: readonly string[] } & Readonly<
  Record<string, unknown>
>

/** Reads all layers. Warnings are printed. */
export function loaderFor(
  given: Given,
  env: Environment,
  defaults: Readonly<Record<string, string>> = {},
): () => Loaded {
  const flags: Record<string, string | readonly string[]> = {}
  const sets: Record<string, string> = {}
  for (const pair of given.set) {
    const at = pair.indexOf('=')
    if (at <= 0) throw new UsageFault(`--set wants KEY=VALUE, like limits.message_size="64 MiB"; it is ${pair}`)
    sets[pair.slice(0, at).trim()] = pair.slice(at + 1).trim()
  }
  for (const { setting } of settings) {
    const value = setting.flag === undefined ? undefined : given[setting.flag.name]
    if (typeof value === 'string') flags[setting.key] = value
    else if (Array.isArray(value) && value.length > 0) flags[setting.key] = value.map(String)
  }
  return () => loadConfig({ file: given.config, env, flags, sets, defaults })
}

export const faultLine = (fault: Fault): string =>
  `${fault.place}: ${fault.severity === 'warning' ? 'warning: ' : ''}${fault.message}`

/** The configuration, or a Failure that lists every fault. */
export function loadOrFail(load: () => Loaded, terminal: Terminal): Loaded {
  const loaded = load()
  const errors = loaded.faults.filter(fault => fault.severity === 'error')
  for (const fault of loaded.faults) if (fault.severity === 'warning') terminal.err(`${faultLine(fault)}\n`)
  if (errors.length > 0) {
    const many = errors.length === 1 ? '1 fault' : `${errors.length} faults`
    throw new Failure(
      Exit.config,
      [`the configuration has ${many}:`, ...errors.map(each => `  ${faultLine(each)}`)].join('\n'),
    )
  }
  return loaded
}
