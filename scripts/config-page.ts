/** Writes docs/config.md anew from the schema. */
import { writeFileSync } from 'node:fs'
import { configPage } from '#config/explain.ts'

writeFileSync(new URL('../docs/config.md', import.meta.url), configPage())
