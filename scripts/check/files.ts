/** Files by what they look like from outside. */
import { globSync, readFileSync } from 'node:fs'
import type { Findings } from '../check.ts'
import { root } from './program.ts'

/** Beyond it a file is usually two things. */
const LONG = 300

/** TypeScript files below the folders, as paths from the root. */
export function sourceFiles(folders: readonly string[]): string[] {
  return globSync(
    folders.map(folder => `${folder}/**/*.ts`),
    { cwd: root },
  ).sort()
}

export async function longFiles(): Promise<Findings> {
  const lengths = sourceFiles(['src', 'test', 'scripts', 'bench']).map(file => {
    return { file, lines: readFileSync(root + file, 'utf8').split('\n').length - 1 }
  })
  const long = lengths.filter(({ lines }) => lines > LONG).sort((a, b) => b.lines - a.lines)
  return { faults: [], notes: long.map(({ file, lines }) => `${file} has ${lines} lines`) }
}

/** The lock file pins versions and digests; where a package is fetched from is the machine's own business. */
export async function lockFaults(): Promise<Findings> {
  const lock = JSON.parse(readFileSync(`${root}package-lock.json`, 'utf8')) as {
    packages: Record<string, { resolved?: string; integrity?: string; version?: string }>
  }
  const faults: string[] = []
  for (const [place, { resolved, integrity }] of Object.entries(lock.packages)) {
    if (place === '') continue
    if (resolved !== undefined) faults.push(`package-lock.json: ${place} has a "resolved" address`)
    if (integrity === undefined) faults.push(`package-lock.json: ${place} has no digest`)
  }
  return { faults }
}
