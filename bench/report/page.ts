/** docs/performance.md, written from a run. */
import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Run } from '../conductor.ts'
import type { Machine } from './machine.ts'
import { figure, headings, linesOf, markdown } from './table.ts'

const place = fileURLToPath(new URL('../../docs/performance.md', import.meta.url))

export async function writePage(run: Run, machine: Machine, args: readonly string[]): Promise<void> {
  await writeFile(place, pageOf(run, machine, args))
}

export function pageOf(run: Run, machine: Machine, args: readonly string[]): string {
  const peer = run.servers[1]?.name
  const sections = run.results.map(result => {
    const lines = [headings(peer), ...linesOf(result, run.limits, peer !== undefined)]
    const failures = Object.entries(result.failures).map(
      ([server, reason]) => `- Failed at ${server}: ${reason.split('\n')[0]}`,
    )
    const notes = result.notes.map(note => `- ${note}`)
    return [`## ${result.title} (\`${result.scenario}\`)`, markdown(lines), [...failures, ...notes].join('\n')]
  })
  const limits = markdown([
    ['limit', 'unit', 'value'],
    ...run.limits.map(({ name, unit, value }) => [name, unit, figure(value)]),
  ])
  return `${[
    '# Performance',
    `Written by \`npm run bench -- ${args.join(' ')}\` on ${machine.date}; not edited by hand. Run it on your machine: absolute figures are of this one.`,
    `Each scenario runs in rounds, ours and the peer in turn, on the same mail. Figures are medians of the rounds. The ratio says how many times
better ours is (above 1: more a second, or less time, memory or disk), as the median of the ratios of the rounds with the smallest and the largest.
Every answer is checked; a wrong one fails the run. The load generator is a process of its own, and the last column says how much of one
processor it took.`,
    markdown([
      ['machine', ''],
      ['processor', `${machine.cpu}, ${machine.cores} cores`],
      ['memory', `${machine.memoryGiB} GiB`],
      ['kernel', machine.kernel],
      ['disk', machine.disk],
      ['Node.js', `${machine.node}, OpenSSL ${machine.openssl}`],
      ...run.servers.map(({ name, described }) => [name, described]),
    ]),
    '## What this machine can do at most',
    'The same load generator against a server that does nothing, and 4 KB written and synced one after the other.',
    limits,
    ...sections.flat().filter(Boolean),
  ].join('\n\n')}\n`
}
