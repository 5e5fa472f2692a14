/** Puts the layers together: flag over environment over file over default. Every fault is found in one go. */
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { parse, TomlError } from 'smol-toml'
import type { Environment } from './environment.ts'
import { KindFault, type Source } from './kinds.ts'
import { lineOf, locate } from './locate.ts'
import { nearest } from './nearest.ts'
import { faultsBetween } from './relations.ts'
import { byKey, type Config, type Placed, settings } from './schema.ts'
import { variableOf } from './setting.ts'

/** A warning does not stop the server. `line` is of the file, when the fault is there and its place is known. */
export type Fault = {
  readonly severity: 'error' | 'warning'
  readonly place: string
  readonly line: number | null
  readonly message: string
}

/** Where a value comes from: a layer, and its place there as one would name it to the operator. */
export type Origin = { readonly layer: 'flag' | 'environment' | 'file' | 'verb' | 'default'; readonly place: string }

export type Sources = {
  /** Path of the TOML file; ROOKERY_CONFIG names it when absent here. */
  readonly file?: string | undefined
  readonly env: Environment
  /** Settings that have an option of their own, by key; several values of a list as several strings. */
  readonly flags: Readonly<Record<string, string | readonly string[] | undefined>>
  /** Settings given by name, as the operator typed it; above the flags. */
  readonly sets?: Readonly<Record<string, string>>
  /** Defaults of the verb, by key, as text: below the file, above the schema. */
  readonly defaults?: Readonly<Record<string, string>>
}

export type Loaded = {
  /** Always whole: what was faulty has the value of the layer below. */
  readonly config: Config
  readonly faults: readonly Fault[]
  readonly origins: ReadonlyMap<string, Origin>
  readonly file: string | null
}

/** Variables that are ours but are no settings. */
const otherVariables = new Set(['ROOKERY_CONFIG', 'ROOKERY_NODE'])
/** Kubernetes sets such for a service named rookery; they are not misspelt settings. */
const foreignVariables = /^ROOKERY(?:_[A-Z0-9_]+)?_(?:SERVICE_|PORT(?:_|$))|^ROOKERY_(?:SERVICE_|PORT(?:_|$))/

export function loadConfig(sources: Sources): Loaded {
  const faults: Fault[] = []
  const values = new Map<string, unknown>(settings.map(({ setting }) => [setting.key, setting.default]))
  const origins = new Map<string, Origin>(
    settings.map(({ setting }) => [setting.key, { layer: 'default', place: 'default' }]),
  )

  const take = (placed: Placed, raw: unknown, source: Source, origin: Origin, line: number | null) => {
    const { key, kind } = placed.setting
    try {
      values.set(key, kind.read(raw, source))
      origins.set(key, origin)
    } catch (error) {
      if (!(error instanceof KindFault)) throw error
      faults.push({ severity: 'error', place: origin.place, line, message: `${key} ${error.message}` })
    }
  }
  const asText: Source = { text: true, base: null }

  for (const [key, raw] of Object.entries(sources.defaults ?? {})) {
    take(byKey.get(key)!, raw, asText, { layer: 'verb', place: 'default of the command' }, null)
  }

  const file = sources.file ?? (sources.env.ROOKERY_CONFIG || undefined)
  if (file !== undefined) readInto(file, take, faults)

  for (const [variable, raw] of Object.entries(sources.env)) {
    if (raw === undefined || !variable.startsWith('ROOKERY_') || otherVariables.has(variable)) continue
    const placed = settings.find(({ setting }) => variableOf(setting.key) === variable)
    if (placed !== undefined) take(placed, raw, asText, { layer: 'environment', place: variable }, null)
    else if (!foreignVariables.test(variable)) {
      const message = `no setting has this variable${didYouMean(variable, [...settings.map(each => variableOf(each.setting.key)), ...otherVariables])}`
      faults.push({ severity: 'warning', place: variable, line: null, message })
    }
  }

  for (const [key, raw] of Object.entries(sources.flags)) {
    if (raw === undefined) continue
    const placed = byKey.get(key)!
    const place = `--${placed.setting.flag?.name ?? key}`
    take(placed, typeof raw === 'string' ? raw : raw.join(','), asText, { layer: 'flag', place }, null)
  }
  for (const [key, raw] of Object.entries(sources.sets ?? {})) {
    const placed = byKey.get(key)
    const place = `--set ${key}`
    if (placed !== undefined) take(placed, raw, asText, { layer: 'flag', place }, null)
    else {
      const message = `there is no setting ${key}${didYouMean(key, byKey.keys())}`
      faults.push({ severity: 'error', place, line: null, message })
    }
  }

  const config = assemble(values)
  for (const message of faultsBetween(config)) {
    faults.push({ severity: 'error', place: file ?? 'settings', line: null, message })
  }
  return { config, faults, origins, file: file ?? null }
}

type Take = (placed: Placed, raw: unknown, source: Source, origin: Origin, line: number | null) => void

function readInto(file: string, take: Take, faults: Fault[]): void {
  const fault = (message: string, line: number | null) =>
    faults.push({ severity: 'error', place: line === null ? file : `${file}:${line}`, line, message })
  let toml: string
  let tree: Record<string, unknown>
  try {
    toml = readFileSync(file, 'utf8')
  } catch (error) {
    fault(`cannot be read: ${(error as NodeJS.ErrnoException).code ?? error}`, null)
    return
  }
  try {
    tree = parse(toml, { unsafeKeyBehaviour: 'throw', maxDepth: 32 })
  } catch (error) {
    if (!(error instanceof TomlError)) throw error
    const [what = ''] = error.message.replace(/^Invalid TOML document: /, '').split('\n')
    fault(`is not TOML: ${what} (column ${error.column})`, error.line)
    return
  }
  const lines = locate(toml)
  const source: Source = { text: false, base: dirname(resolve(file)) }
  const tables = new Set([...byKey.keys()].filter(key => key.includes('.')).map(key => key.slice(0, key.indexOf('.'))))

  const visit = (table: Record<string, unknown>, prefix: string) => {
    for (const [name, raw] of Object.entries(table)) {
      const key = prefix + name
      const line = lineOf(lines, key)
      const placed = byKey.get(key)
      if (placed !== undefined) {
        const place = line === null ? file : `${file}:${line}`
        take(placed, raw, source, { layer: 'file', place }, line)
      } else if (prefix === '' && tables.has(name)) {
        if (isTable(raw)) visit(raw, `${name}.`)
        else fault(`${name} is a table: write [${name}] and its settings below`, line)
      } else fault(`there is no setting ${key}${didYouMean(key, candidates(key, isTable(raw) ? tables : null))}`, line)
    }
  }
  visit(tree, '')
}

const isTable = (raw: unknown): raw is Record<string, unknown> =>
  raw !== null && typeof raw === 'object' && !Array.isArray(raw) && !(raw instanceof Date)

/** A misspelt table is compared with tables; a setting with settings, and with their last words when it stands in the wrong table. */
function candidates(key: string, tables: ReadonlySet<string> | null): readonly string[] {
  if (tables !== null) return [...tables]
  const last = key.slice(key.lastIndexOf('.') + 1)
  const moved = [...byKey.keys()].filter(each => each.slice(each.lastIndexOf('.') + 1) === last)
  return moved.length === 0 ? [...byKey.keys()] : moved
}

function didYouMean(word: string, known: Iterable<string>): string {
  const all = [...known]
  const last = word.slice(word.lastIndexOf('.') + 1)
  const near = nearest(word, all) ?? all.find(each => each.endsWith(`.${last}`))
  return near === undefined ? '' : `; did you mean ${near}?`
}

/** Values by key become groups of properties. The schema's own types vouch for the shape: each value was read by its setting's kind. */
function assemble(values: ReadonlyMap<string, unknown>): Config {
  const groups: Record<string, Record<string, unknown>> = {}
  for (const { group, name, setting } of settings) {
    groups[group] ??= {}
    groups[group][name] = values.get(setting.key)
  }
  return groups as Config
}
