/**
 * Whether docs/rfc.md is true: every RFC that src cites with a section has a row, every capability that is advertised has a row that
 * names a test, and every test named there exists. A row's first cell names the RFC, `RFC 9051`; its other cells are free.
 */
import { existsSync, globSync, readFileSync } from 'node:fs'
import type { Findings } from '../check.ts'
import { sourceFiles } from './files.ts'
import { root } from './program.ts'

const page = 'docs/rfc.md'
const capabilityFile = 'src/imap/session/capabilities.ts'

export async function rfcFaults(): Promise<Findings> {
  const read = (path: string) => readFileSync(root + path, 'utf8')
  const absent = [page, capabilityFile].filter(path => !existsSync(root + path))
  if (absent.length > 0) return { faults: [], notes: absent.map(path => `not checked, ${path} does not exist yet`) }
  const table = read(page)
  const sources = sourceFiles(['src']).map(path => [path, read(path)] as const)
  const exists = (path: string) => globSync(path, { cwd: root }).length > 0
  return { faults: tableFaults(table, sources, capabilitiesIn(read(capabilityFile)), exists) }
}

type Row = { readonly rfcs: readonly string[]; readonly text: string; readonly tests: readonly string[] }

export function tableFaults(
  table: string,
  sources: readonly (readonly [path: string, text: string])[],
  capabilities: readonly string[],
  exists: (path: string) => boolean,
): string[] {
  const rows = table.split('\n').filter(isRow).map(rowOf)
  const known = new Set(rows.flatMap(row => row.rfcs))
  const faults: string[] = []

  const cited = new Map<string, string>()
  for (const [path, text] of sources) {
    for (const [, rfc = ''] of text.matchAll(/\bRFC (\d{3,5}) §/g)) if (!cited.has(rfc)) cited.set(rfc, path)
  }
  for (const [rfc, path] of cited) {
    if (!known.has(rfc)) faults.push(`${page} has no row for RFC ${rfc}, which ${path} cites`)
  }
  for (const capability of capabilities) {
    const own = rows.filter(row => names(row.text, capability))
    if (own.length === 0) faults.push(`${page} does not name ${capability}, which is advertised`)
    else if (own.every(row => row.tests.length === 0)) faults.push(`${page} names no test that shows ${capability}`)
  }
  for (const path of new Set(rows.flatMap(row => row.tests))) {
    if (!exists(path)) faults.push(`${page} names ${path}, which does not exist`)
  }
  return faults
}

const isRow = (line: string) => line.startsWith('|') && !/^\|[\s:|-]*$/.test(line)

function rowOf(line: string): Row {
  const [, first = ''] = line.split('|')
  const tests = Array.from(line.matchAll(/(?:test|src)\/[\w./*-]*\w(?:\.\w+)?/g), match => match[0])
  return { rfcs: Array.from(first.matchAll(/\b\d{3,5}\b/g), match => match[0]), text: line, tests }
}

/** As a whole word: STATUS=SIZE is not named by LIST-STATUS=SIZE, nor SORT by ESORT or SORT=DISPLAY. A value after a final = is free. */
function names(text: string, capability: string): boolean {
  const open = capability.endsWith('=')
  const word = (open ? capability.slice(0, -1) : capability).replaceAll('+', '\\+')
  return new RegExp(`(?<![A-Za-z0-9=+-])${word}(?![A-Za-z0-9+${open ? '' : '='}-])`).test(text)
}

/** Texts in the capability file that look like capabilities. `APPENDLIMIT=${…}` is APPENDLIMIT= with any value. */
export function capabilitiesIn(source: string): string[] {
  const code = source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/.*/g, '')
  const found = new Set<string>()
  for (const [, plain = ''] of code.matchAll(/'([A-Z][A-Z0-9]+(?:rev[12])?(?:[=+-][A-Z0-9=+-]*)?)'/g)) found.add(plain)
  for (const [, open = ''] of code.matchAll(/`([A-Z][A-Z0-9-]+)=\$\{/g)) found.add(`${open}=`)
  return [...found]
}
