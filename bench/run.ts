/** `npm run bench`: our server alone or beside Dovecot, measured by what mail programs do. */
import { Conductor } from './conductor.ts'
import { readOptions, usage } from './options.ts'
import { machine } from './report/machine.ts'
import { writePage } from './report/page.ts'
import { headings, linesOf, terminal } from './report/table.ts'
import { dovecotMissing } from './servers/dovecot.ts'

const args = process.argv.slice(2)
if (args.includes('--help')) {
  process.stdout.write(usage)
  process.exit()
}
const options = readOptions(args)
const absent = options.peer && dovecotMissing()
if (absent) {
  process.stderr.write(`no peer: ${absent}\n`)
  process.exit(1)
}

const began = performance.now()
const progress = (text: string) => {
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  process.stderr.write(`${seconds.padStart(7)} s  ${text}\n`)
}

await using conductor = await Conductor.create(options, progress)
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void conductor[Symbol.asyncDispose]().finally(() => process.exit(130)))
}
const run = await conductor.run()
const where = await machine()

if (options.json) {
  process.stdout.write(`${JSON.stringify({ machine: where, options, ...run }, undefined, 2)}\n`)
} else {
  const peer = run.servers[1]?.name
  const lines = run.results.flatMap(result => linesOf(result, run.limits, peer !== undefined))
  process.stdout.write(`${terminal([headings(peer), ...lines])}\n`)
  for (const note of run.results.flatMap(result => result.notes)) process.stdout.write(`note: ${note}\n`)
}
if (options.page) await writePage(run, where, args)

for (const { scenario, failures } of run.results) {
  for (const [server, reason] of Object.entries(failures)) {
    process.stderr.write(`FAILED: ${scenario} at ${server}: ${reason.split('\n')[0]}\n`)
    process.exitCode = 1
  }
}
