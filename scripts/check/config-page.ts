/** Whether docs/config.md says what the schema says. */
import { existsSync, readFileSync } from 'node:fs'
import { configPage } from '#config/explain.ts'
import type { Findings } from '../check.ts'
import { root } from './program.ts'

export async function configPageFaults(): Promise<Findings> {
  const file = `${root}docs/config.md`
  const fresh = existsSync(file) && readFileSync(file, 'utf8') === configPage()
  return { faults: fresh ? [] : ['docs/config.md is stale: run "node scripts/config-page.ts"'] }
}
