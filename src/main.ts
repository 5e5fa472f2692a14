import type { Composition } from '#cli/composition.ts'
import { run } from '#cli/run.ts'
import { check, openAccount, openUsers, purge } from './server/open.ts'

/** The composition root: the command line, given the parts that name drivers. Modules that only the server needs are loaded when it serves. */
const composition: Composition = {
  openUsers,
  openMail: openAccount,
  check,
  purge,
  indexStatus: async config => (await import('./server/open-index.ts')).indexReport(config),
  rebuildIndex: async (config, onProgress) => (await import('./server/open-index.ts')).rebuildIndex(config, onProgress),
  importMail: async (config, mail, request) =>
    (await import('#transfer/import.ts')).importMail(config.data.dir, mail, request),
  exportMail: async (mail, request) => (await import('#transfer/export.ts')).exportMail(mail, request),
  serve: async request => (await import('./server/server.ts')).serve(request),
}

process.exitCode = await run(process.argv.slice(2), composition)
