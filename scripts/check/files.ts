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

type Locked = { resolved?: string; integrity?: string; optional?: boolean }

/** The lock file pins versions and digests; where a package is fetched from is the machine's own business. */
export async function lockFaults(): Promise<Findings> {
  const lock = JSON.parse(readFileSync(`${root}package-lock.json`, 'utf8')) as {
    packages: Record<string, Locked & { optionalDependencies?: Record<string, string> }>
  }
  const faults: string[] = []
  for (const [place, { resolved, integrity, optional, optionalDependencies }] of Object.entries(lock.packages)) {
    if (place === '') continue
    if (resolved !== undefined) faults.push(`package-lock.json: ${place} has a "resolved" address`)
    // A registry need not have the builds for other platforms; npm writes no digest of what it could not fetch.
    if (integrity === undefined && optional !== true) faults.push(`package-lock.json: ${place} has no digest`)
    for (const name of Object.keys(optionalDependencies ?? {})) {
      const known = `node_modules/${name}` in lock.packages || `${place}/node_modules/${name}` in lock.packages
      if (!known) faults.push(`package-lock.json: ${name} is missing, which "npm ci" refuses (optional, of ${place})`)
    }
  }
  return { faults }
}
