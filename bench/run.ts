/** `npm run bench`: our server alone or beside Dovecot, measured by what mail programs do. */
import { Conductor } from './conductor.ts'
import { type Options, readOptions, usage } from './options.ts'
import { disposeOnSignal, failuresOf, printTable, progress } from './output.ts'
import { machine } from './report/machine.ts'
import { writePage } from './report/page.ts'
import { dovecotMissing } from './servers/dovecot.ts'

const args = process.argv.slice(2)
if (args.includes('--help')) {
  process.stdout.write(usage)
  process.exit()
}
const options = understood()
const absent = options.peer && dovecotMissing()
if (absent) {
  process.stderr.write(`no peer: ${absent}\n`)
  process.exit(1)
}

await using conductor = await Conductor.create(options, progress)
disposeOnSignal(conductor)
const run = await conductor.run()
const where = await machine()
if (options.json) process.stdout.write(`${JSON.stringify({ machine: where, options, ...run }, undefined, 2)}\n`)
else printTable(run)
if (options.page) await writePage(run, where, args)
for (const failure of failuresOf(run)) {
  process.stderr.write(`FAILED: ${failure}\n`)
  process.exitCode = 1
}

function understood(): Options {
  try {
    return readOptions(args)
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${usage}`)
    process.exit(64)
  }
}
