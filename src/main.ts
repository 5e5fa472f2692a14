import type { Composition } from '#cli/composition.ts'
import { run } from '#cli/run.ts'
import { openUsers } from './server/open.ts'

/** The composition root: the command line, given the parts that name drivers. Modules that only the server needs are loaded when it serves. */
const composition: Composition = {
  openUsers,
  serve: async request => (await import('./server/server.ts')).serve(request),
}

process.exitCode = await run(process.argv.slice(2), composition)
