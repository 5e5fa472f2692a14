/** Times in milliseconds, as their distribution. */
export type Latencies = { readonly count: number; readonly p50: number; readonly p99: number; readonly most: number }

export function latenciesOf(times: readonly number[]): Latencies {
  const sorted = Float64Array.from(times).sort()
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
  return { count: sorted.length, p50: at(0.5), p99: at(0.99), most: at(1) }
}

export const shown = ({ count, p50, p99, most }: Latencies): string =>
  `p50 ${p50.toFixed(1)} p99 ${p99.toFixed(1)} most ${most.toFixed(1)} ms of ${count}`
