/** What the rounds of a scenario come to: medians, and the ratio round by round. */
import type { Metric, Outcome } from '../job.ts'
import type { Scenario } from '../scenarios/scenario.ts'

export type Row = Pick<Metric, 'name' | 'unit' | 'more' | 'limit'> & {
  readonly ours: readonly number[]
  readonly peer: readonly number[]
  /** How many times better ours is, round by round: above 1 is faster, smaller or more a second, whatever the unit. */
  readonly ratios: readonly number[]
}

export type Collected = {
  readonly scenario: string
  readonly title: string
  readonly rows: readonly Row[]
  /** Share of a processor that the load generator took, the median of ours and of the peer. */
  readonly loadShare: { readonly ours: number; readonly peer: number }
  readonly notes: readonly string[]
  /** By server: what went wrong, a wrong answer above all. */
  readonly failures: Readonly<Record<string, string>>
}

export function collect(
  scenario: Scenario,
  outcomes: ReadonlyMap<string, readonly Outcome[]>,
  failed: ReadonlyMap<string, string>,
): Collected {
  const [ours = [], peer = []] = [...outcomes.values()]
  const failures: Record<string, string> = Object.fromEntries(failed)
  const differing = answersThatDiffer([...ours, ...peer])
  if (differing.length > 0) failures.both = `the servers answer differently: ${differing.join(', ')}`
  const heads = new Map([...ours, ...peer].flatMap(outcome => outcome.metrics.map(metric => [metric.name, metric])))
  return {
    scenario: scenario.name,
    title: scenario.title,
    rows: [...heads.values()].map(head => rowOf(head, ours, peer)),
    loadShare: { ours: median(ours.map(share)), peer: median(peer.map(share)) },
    notes: [...new Set([...ours, ...peer].flatMap(outcome => outcome.notes))],
    failures,
  }
}

const share = (outcome: Outcome) => outcome.loadShare

function rowOf({ name, unit, more, limit }: Metric, ours: readonly Outcome[], peer: readonly Outcome[]): Row {
  const valuesOf = (outcomes: readonly Outcome[]) =>
    outcomes.flatMap(outcome => outcome.metrics.filter(metric => metric.name === name).map(metric => metric.value))
  const [left, right] = [valuesOf(ours), valuesOf(peer)]
  const pairs = left.slice(0, right.length).map((value, round) => [value, right[round]!] as const)
  const ratios = pairs.map(([mine, theirs]) => (more ? mine / theirs : theirs / mine))
  return { name, unit, more, ...(limit && { limit }), ours: left, peer: right, ratios }
}

function answersThatDiffer(outcomes: readonly Outcome[]): string[] {
  const seen = new Map<string, Set<string>>()
  for (const { answers } of outcomes) {
    for (const [name, digest] of Object.entries(answers)) seen.set(name, (seen.get(name) ?? new Set()).add(digest))
  }
  return [...seen].filter(([, digests]) => digests.size > 1).map(([name]) => name)
}

/** NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  if (sorted.length === 0) return Number.NaN
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** The value below which `share` of them lie. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)]!
}
