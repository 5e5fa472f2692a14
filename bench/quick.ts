/**
 * `npm run bench:quick`: small sizes, held against bench/thresholds.json. Fails when an answer is wrong or a ratio that was met is lost by
 * a wide margin, twice: machines that test have other things to do.
 */
import { Conductor, type Run } from './conductor.ts'
import { readOptions } from './options.ts'
import { disposeOnSignal, failuresOf, printTable, progress } from './output.ts'
import { lost } from './report/thresholds.ts'
import { dovecotMissing } from './servers/dovecot.ts'

const absent = dovecotMissing()
if (absent) process.stdout.write(`alone, without ratios to a peer: ${absent}\n`)
const peer = absent ? [] : ['--peer', 'dovecot']

await using conductor = await Conductor.create(readOptions(['--quick', ...peer, ...process.argv.slice(2)]), progress)
disposeOnSignal(conductor)
const run = await conductor.run()
printTable(run)
const failures = failuresOf(run)
const suspects = lost(run)
const again = suspects.length > 0 && failures.length === 0 ? await once(suspects.map(({ scenario }) => scenario)) : run
const confirmed = lost(again).filter(({ metric }) => suspects.some(suspect => suspect.metric === metric))
for (const fault of [...failures, ...failuresOf(again), ...confirmed.map(({ text }) => text)]) {
  process.stdout.write(`FAILED: ${fault}\n`)
  process.exitCode = 1
}
if (process.exitCode !== 1) process.stdout.write('ok: all answers right, nothing lost\n')

async function once(scenarios: readonly string[]): Promise<Run> {
  for (const { text } of suspects) process.stdout.write(`again, because ${text}\n`)
  const second = await conductor.run([...new Set(scenarios)])
  printTable(second)
  return second
}
