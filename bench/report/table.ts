/** The results as lines of a table, for the terminal and for the page. */
import type { Metric } from '../job.ts'
import { type Collected, median, type Row } from './results.ts'

export type Line = readonly string[]

export const headings = (peer: string | undefined): Line =>
  peer
    ? ['what', 'unit', 'ours', peer, 'ratio', 'spread', 'limit', 'load CPU ours / peer']
    : ['what', 'unit', 'ours', 'spread', 'limit', 'load CPU']

export function linesOf(collected: Collected, limits: readonly Metric[], withPeer: boolean): Line[] {
  const { ours, peer } = collected.loadShare
  return collected.rows.map(row => {
    const limit = limits.find(each => each.name === row.limit)
    const shown = limit && limit.unit === row.unit ? `${figure(limit.value)} ${limit.name}` : ''
    const mine = figure(median(row.ours))
    return withPeer
      ? [
          row.name,
          row.unit,
          mine,
          figure(median(row.peer)),
          ...ratio(row),
          shown,
          `${percent(ours)} / ${percent(peer)}`,
        ]
      : [row.name, row.unit, mine, range(row.ours), shown, percent(ours)]
  })
}

const ratio = (row: Row): [string, string] => [figure(median(row.ratios)), range(row.ratios)]

const range = (values: readonly number[]) =>
  values.length < 2 ? '' : `${figure(Math.min(...values))}–${figure(Math.max(...values))}`

const percent = (share: number) => (Number.isNaN(share) || share === 0 ? '–' : `${Math.round(share * 100)} %`)

/** Three digits that count. */
export function figure(value: number): string {
  if (Number.isNaN(value)) return '–'
  if (value === 0) return '0'
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en')
  return String(Number(value.toPrecision(3)))
}

/** Columns of equal width, the figures to the right. */
export function terminal(lines: readonly Line[]): string {
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map(line => (line[column] ?? '').length)))
  const cell = (text: string, column: number) =>
    column < 2 ? text.padEnd(widths[column]!) : text.padStart(widths[column]!)
  return lines.map(line => line.map(cell).join('  ').trimEnd()).join('\n')
}

export function markdown(lines: readonly Line[]): string {
  const [head = [], ...rest] = lines
  const rule = head.map((_, column) => (column < 2 ? '---' : '---:'))
  return [head, rule, ...rest].map(line => `| ${line.join(' | ')} |`).join('\n')
}
