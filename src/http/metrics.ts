/**
 * Counters, gauges and histograms of one thread, and their sum over threads in the text form that Prometheus reads.
 *
 *   const metrics = new Metrics()
 *   const logins = metrics.counter('logins_total', 'Logins by result', ['result'])
 *   logins.add(1, 'ok')
 *   metrics.snapshot()                     plain data, may be posted to another thread
 *   formatMetrics(merge(snapshots), 'rookery')
 *
 * Label values come from closed lists of ours, never from what a client sent: each new one is a line for ever.
 */

export type Snapshot = readonly Family[]

/** `samples` by label values joined with a tab. A histogram's are its buckets, from the lowest, then the sum. */
export type Family = {
  readonly name: string
  readonly help: string
  readonly kind: 'counter' | 'gauge' | 'histogram'
  readonly labels: readonly string[]
  /** Of a gauge: what several threads' values make together. */
  readonly over: 'sum' | 'max'
  readonly bounds: readonly number[]
  readonly samples: readonly (readonly [labels: string, values: readonly number[]])[]
}

type Declared = Omit<Family, 'samples'>

export class Metrics {
  readonly #families: Series[] = []
  readonly #readers: (() => void)[] = []

  counter(name: string, help: string, labels: readonly string[] = []): Counter {
    return this.#keep(new Counter({ name, help, kind: 'counter', labels, over: 'sum', bounds: [] }))
  }

  gauge(name: string, help: string, options: { labels?: readonly string[]; over?: 'sum' | 'max' } = {}): Gauge {
    const { labels = [], over = 'sum' } = options
    return this.#keep(new Gauge({ name, help, kind: 'gauge', labels, over, bounds: [] }))
  }

  /** `bounds`: upper ends of the buckets, ascending, in the metric's unit. */
  histogram(name: string, help: string, bounds: readonly number[], labels: readonly string[] = []): Histogram {
    return this.#keep(new Histogram({ name, help, kind: 'histogram', labels, over: 'sum', bounds }))
  }

  /** Called before each snapshot, to set gauges whose value is found elsewhere. */
  beforeSnapshot(read: () => void): void {
    this.#readers.push(read)
  }

  snapshot(): Snapshot {
    for (const read of this.#readers) read()
    return this.#families.map(family => family.snapshot())
  }

  #keep<Kept extends Series>(family: Kept): Kept {
    this.#families.push(family)
    return family
  }
}

class Series {
  protected readonly declared: Declared
  protected readonly samples = new Map<string, number[]>()

  constructor(declared: Declared) {
    this.declared = declared
    // What has no labels is there from the start: 0 says more than nothing.
    if (declared.labels.length === 0) this.values('')
  }

  snapshot(): Family {
    return { ...this.declared, samples: [...this.samples].map(([labels, values]) => [labels, [...values]]) }
  }

  protected values(labels: string): number[] {
    let values = this.samples.get(labels)
    if (!values) {
      values = new Array<number>(this.declared.kind === 'histogram' ? this.declared.bounds.length + 2 : 1).fill(0)
      this.samples.set(labels, values)
    }
    return values
  }
}

export class Counter extends Series {
  add(amount = 1, ...labels: readonly string[]): void {
    const values = this.values(labels.join('\t'))
    values[0]! += amount
  }
}

export class Gauge extends Series {
  set(value: number, ...labels: readonly string[]): void {
    this.values(labels.join('\t'))[0] = value
  }

  add(amount: number, ...labels: readonly string[]): void {
    const values = this.values(labels.join('\t'))
    values[0]! += amount
  }
}

export class Histogram extends Series {
  observe(value: number, ...labels: readonly string[]): void {
    const { bounds } = this.declared
    const values = this.values(labels.join('\t'))
    let bucket = 0
    while (bucket < bounds.length && value > bounds[bucket]!) bucket++
    values[bucket]! += 1
    values[bounds.length + 1]! += value
  }
}

/** What all threads have together. */
export function merge(snapshots: readonly Snapshot[]): Snapshot {
  const merged = new Map<string, Declared & { samples: Map<string, number[]> }>()
  for (const family of snapshots.flat()) {
    let into = merged.get(family.name)
    if (!into) {
      into = { ...family, samples: new Map() }
      merged.set(family.name, into)
    }
    for (const [labels, values] of family.samples) {
      const has = into.samples.get(labels)
      const together = family.over === 'max' ? Math.max : (a: number, b: number) => a + b
      into.samples.set(labels, has ? has.map((value, i) => together(value, values[i]!)) : [...values])
    }
  }
  return [...merged.values()].map(family => ({ ...family, samples: [...family.samples] }))
}

export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

export function formatMetrics(snapshot: Snapshot, prefix: string): string {
  let text = ''
  for (const family of snapshot) {
    const name = `${prefix}_${family.name}`
    text += `# HELP ${name} ${escapeHelp(family.help)}\n# TYPE ${name} ${family.kind}\n`
    for (const [labels, values] of family.samples) {
      const pairs = family.labels.map((label, i) => `${label}="${escapeLabel(labels.split('\t')[i] ?? '')}"`)
      text +=
        family.kind === 'histogram'
          ? formatHistogram(name, family.bounds, pairs, values)
          : line(name, pairs, values[0]!)
    }
  }
  return text
}

function formatHistogram(
  name: string,
  bounds: readonly number[],
  pairs: readonly string[],
  values: readonly number[],
): string {
  let text = ''
  let count = 0
  for (const [i, bound] of [...bounds, Number.POSITIVE_INFINITY].entries()) {
    count += values[i]!
    text += line(`${name}_bucket`, [...pairs, `le="${number(bound)}"`], count)
  }
  return text + line(`${name}_sum`, pairs, values[bounds.length + 1]!) + line(`${name}_count`, pairs, count)
}

const line = (name: string, pairs: readonly string[], value: number): string =>
  `${name}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${number(value)}\n`

const number = (value: number): string => (value === Number.POSITIVE_INFINITY ? '+Inf' : String(value))
const escapeHelp = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
const escapeLabel = (text: string): string => escapeHelp(text).replaceAll('"', '\\"')
