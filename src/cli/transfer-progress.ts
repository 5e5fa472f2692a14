/** Progress of an import or export, and its problems between the lines of it. */
import type { Problem, TransferProgress } from '#ports/transfer.ts'
import { type Progress, progress } from './progress.ts'
import type { Terminal } from './terminal.ts'

/** Problems that are kept for `--json`, and printed; beyond, they are only counted. */
const KEPT = 1_000

export function transferProgress(terminal: Terminal, silent: boolean) {
  let bar: Progress | null = null
  const problems: Problem[] = []
  return {
    problems: problems as readonly Problem[],
    to({ done, total, unit }: TransferProgress): void {
      bar ??= progress(terminal, { unit, total, silent })
      bar.to(done)
    },
    problem(problem: Problem): void {
      if (problems.length === KEPT) return
      problems.push(problem)
      terminal.err(`${terminal.redraws ? '\r\x1b[K' : ''}${problem.place}: ${problem.problem}\n`)
      if (problems.length === KEPT) terminal.err('… further problems are only counted\n')
    },
    end(): void {
      bar?.end()
    },
  }
}
