/** Progress to standard error, results to standard output. */
import type { Run } from './conductor.ts'
import { headings, linesOf, terminal } from './report/table.ts'

const began = performance.now()

export function progress(text: string): void {
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  process.stderr.write(`${seconds.padStart(7)} s  ${text}\n`)
}

export function printTable(run: Run): void {
  const peer = run.servers[1]?.name
  const lines = run.results.flatMap(result => linesOf(result, run.limits, peer !== undefined))
  process.stdout.write(`${terminal([headings(peer), ...lines])}\n`)
  for (const note of run.results.flatMap(result => result.notes)) process.stdout.write(`note: ${note}\n`)
}

/** What went wrong, wrong answers above all; a line each. */
export const failuresOf = (run: Run): string[] =>
  run.results.flatMap(({ scenario, failures }) =>
    Object.entries(failures).map(([server, reason]) => `${scenario} at ${server}: ${reason.split('\n')[0]}`),
  )

/** Ends the servers when the benchmark is told to end. */
export function disposeOnSignal(disposable: AsyncDisposable): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, async () => {
      await disposable[Symbol.asyncDispose]()
      process.exit(130)
    })
  }
}
