/** Everything a review would nag about, in one go: `npm run check`. All steps run, whatever the ones before said. */

import { borderFaults } from './check/borders.ts'
import { configPageFaults } from './check/config-page.ts'
import { lockFaults, longFiles } from './check/files.ts'
import { program } from './check/program.ts'
import { rfcFaults } from './check/rfc-table.ts'

/** `notes` are worth reading and fail nothing. */
export type Findings = { readonly faults: readonly string[]; readonly notes?: readonly string[] }

const steps: readonly (readonly [name: string, run: () => Promise<Findings>])[] = [
  ['format and lint', () => program('biome', ['check', '--colors=off', '--max-diagnostics=100', '.'])],
  ['types', () => program('tsc', ['-p', '.', '--pretty', 'false'])],
  ['scripts', () => program('node', ['--test', '--test-reporter=dot', 'scripts/**/*.test.ts'])],
  ['borders', borderFaults],
  ['rfc table', rfcFaults],
  ['config page', configPageFaults],
  ['lock file', lockFaults],
  ['long files', longFiles],
]

let failed = 0
for (const [name, run] of steps) {
  const startedAt = performance.now()
  const { faults, notes = [] } = await run()
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  process.stdout.write(`${faults.length === 0 ? 'ok    ' : 'FAILED'} ${name.padEnd(16)} ${seconds.padStart(5)} s\n`)
  for (const fault of faults) process.stdout.write(`${indent(fault)}\n`)
  for (const note of notes) process.stdout.write(`${indent(`note: ${note}`)}\n`)
  if (faults.length > 0) failed++
}
if (failed > 0) process.stdout.write(`\n${failed} of ${steps.length} steps failed.\n`)
process.exitCode = failed === 0 ? 0 : 1

function indent(text: string): string {
  return text
    .trimEnd()
    .split('\n')
    .map(line => `       ${line}`)
    .join('\n')
}
