/** Import directions by dependency-cruiser, whether it saw every file, and circles of imports that are there at run time. */
import { readFileSync } from 'node:fs'
import type { Findings } from '../check.ts'
import { sourceFiles } from './files.ts'
import { output, root } from './program.ts'

type Cruise = {
  readonly modules: readonly {
    readonly source: string
    readonly dependencies: readonly {
      readonly module: string
      readonly resolved: string
      readonly couldNotResolve?: boolean
    }[]
  }[]
  readonly summary: {
    readonly violations: readonly {
      readonly from: string
      readonly to: string
      readonly rule: { readonly name: string }
    }[]
  }
}

export async function borderFaults(): Promise<Findings> {
  const { out, err } = await output('depcruise', [
    '--config',
    '.dependency-cruiser.cjs',
    '--output-type',
    'json',
    'src',
  ])
  if (!out.startsWith('{')) return { faults: [`dependency-cruiser gave no answer: ${err || out}`] }
  const cruise = JSON.parse(out) as Cruise
  return {
    faults: [...unseen(cruise), ...unresolved(cruise), ...crossings(cruise), ...circles(runtimeImports(cruise))],
  }
}

/** Without a parser that knows TypeScript it cruises nothing and is content; then the rules hold of nothing. */
function unseen({ modules }: Cruise): string[] {
  const seen = new Set(modules.map(module => module.source))
  const missed = sourceFiles(['src']).filter(file => !seen.has(file))
  return missed.length === 0
    ? []
    : [`dependency-cruiser did not see ${missed.length} files of src: ${missed.slice(0, 5).join(', ')}`]
}

const unresolved = ({ modules }: Cruise): string[] =>
  modules.flatMap(module =>
    module.dependencies
      .filter(each => each.couldNotResolve === true && /^[.#]/.test(each.module))
      .map(each => `${module.source} imports ${each.module}, which is not there`),
  )

const crossings = ({ summary }: Cruise): string[] =>
  summary.violations.map(({ from, to, rule }) => `${rule.name}: ${from} → ${to}`)

/** Who imports whom when types are gone. swc does not tell `import type` from `import`, so the text decides. */
function runtimeImports({ modules }: Cruise): Map<string, readonly string[]> {
  const graph = new Map<string, readonly string[]>()
  for (const { source, dependencies } of modules) {
    if (!source.startsWith('src/') || !source.endsWith('.ts')) continue
    const named = runtimeSpecifiers(readFileSync(root + source, 'utf8'))
    graph.set(
      source,
      dependencies.filter(each => named.has(each.module)).map(each => each.resolved),
    )
  }
  return graph
}

/** Of `import … from`, `export … from`, `import '…'` and `import('…')`; not of `import type` and `export type`. */
export function runtimeSpecifiers(source: string): ReadonlySet<string> {
  const statement = /^(?:import|export)\s+(?!type\s+[\w{*])(?:[\w*{][^'"]*?\bfrom\s*)?['"]([^'"]+)['"]/gm
  const call = /\bimport\(\s*['"]([^'"]+)['"]/g
  return new Set([statement, call].flatMap(form => Array.from(source.matchAll(form), match => match[1]!)))
}

/** One fault for each import that leads back to a file we came through. */
export function circles(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const faults: string[] = []
  const done = new Set<string>()
  const visit = (file: string, way: readonly string[]) => {
    const at = way.indexOf(file)
    if (at >= 0) {
      faults.push(`circle: ${[...way.slice(at), file].join(' → ')}`)
      return
    }
    if (done.has(file)) return
    for (const next of graph.get(file) ?? []) visit(next, [...way, file])
    done.add(file)
  }
  for (const file of graph.keys()) visit(file, [])
  return faults
}
