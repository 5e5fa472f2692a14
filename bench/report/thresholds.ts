/** What must not be lost: for each metric the least ratio to the peer, or the least share of what the machine can do. */
import { readFileSync } from 'node:fs'
import type { Run } from '../conductor.ts'
import { median } from './results.ts'
import { figure } from './table.ts'

type Threshold = {
  /** Times as good as the peer. */
  readonly ratio?: number
  /** Of the metric's limit: appends for each fdatasync, small commands for each round trip. */
  readonly ofLimit?: number
}

export type Loss = { readonly scenario: string; readonly metric: string; readonly text: string }

const thresholds = JSON.parse(readFileSync(new URL('../thresholds.json', import.meta.url), 'utf8')) as Record<
  string,
  Threshold
>

export function lost(run: Run): Loss[] {
  const losses: Loss[] = []
  for (const { scenario, rows } of run.results) {
    for (const { name, limit, ours, ratios } of rows) {
      const { ratio, ofLimit } = thresholds[name] ?? {}
      const loss = (text: string) => losses.push({ scenario, metric: name, text: `${name} ${text}` })
      if (ratio !== undefined && ratios.length > 0 && median(ratios) < ratio) {
        loss(`is ${figure(median(ratios))} times the peer's, less than ${ratio}`)
      }
      const most = run.limits.find(each => each.name === limit)?.value
      if (ofLimit !== undefined && most !== undefined && median(ours) / most < ofLimit) {
        loss(`is ${figure(median(ours) / most)} of the ${limit} of this machine, less than ${ofLimit}`)
      }
    }
  }
  return losses
}
