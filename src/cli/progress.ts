/** How far long work has come, on stderr: a line drawn again and again at a terminal, a line every few seconds elsewhere. */
import { type Clock, systemClock } from '#base/clock.ts'
import type { Terminal } from './terminal.ts'

const REDRAW_MS = 100
const LINE_MS = 5000

export type ProgressOptions = {
  /** What is counted: `messages`. */
  readonly unit: string
  /** null when nobody knows. */
  readonly total: number | null
  /** Says nothing; for `--json` and `--quiet`. */
  readonly silent: boolean
  readonly clock?: Clock
}

export type Progress = {
  /** So many are done in all. May be called for each; it draws now and then. */
  to(done: number): void
  /** Draws the last state and goes to the next line. */
  end(): void
}

export function progress(
  terminal: Pick<Terminal, 'redraws' | 'columns' | 'err'>,
  { unit, total, silent, clock = systemClock }: ProgressOptions,
): Progress {
  if (silent) return { to: () => {}, end: () => {} }
  const startedAt = clock.now()
  let drawnAt = startedAt
  let done = 0

  const draw = (last: boolean) => {
    const elapsedMs = clock.now() - startedAt
    drawnAt = clock.now()
    const line = progressLine({
      done,
      total,
      unit,
      elapsedMs,
      columns: terminal.redraws ? terminal.columns : null,
      last,
    })
    terminal.err(terminal.redraws ? `\r\x1b[K${line}${last ? '\n' : ''}` : `${line}\n`)
  }
  return {
    to(count) {
      done = count
      if (clock.now() - drawnAt >= (terminal.redraws ? REDRAW_MS : LINE_MS)) draw(false)
    },
    end: () => draw(true),
  }
}

type State = {
  readonly done: number
  readonly total: number | null
  readonly unit: string
  readonly elapsedMs: number
  /** Width to fill with a bar; null for no bar. */
  readonly columns: number | null
  readonly last: boolean
}

/** `  42% [████      ] 420/1,000 messages, 210/s, 3 s left` */
export function progressLine({ done, total, unit, elapsedMs, columns, last }: State): string {
  const perSecond = elapsedMs > 0 ? (done * 1000) / elapsedMs : 0
  const counted = total === null ? `${number(done)} ${unit}` : `${number(done)}/${number(total)} ${unit}`
  const rate = `${number(perSecond < 10 ? Math.round(perSecond * 10) / 10 : Math.round(perSecond))}/s`
  const left = total === null || perSecond === 0 ? null : Math.max(0, total - done) / perSecond
  const tail = last ? `in ${time(elapsedMs / 1000)}` : left === null ? null : `${time(left)} left`
  const text = [counted, rate, tail].filter(each => each !== null).join(', ')
  if (total === null) return text
  const part = total === 0 ? 1 : Math.min(1, done / total)
  const percent = `${String(Math.floor(part * 100)).padStart(3)}%`
  // One column stays free: in the last one a terminal may wrap.
  const room = columns === null ? 0 : Math.min(40, columns - 1 - percent.length - text.length - 4)
  if (room < 5) return `${percent} ${text}`
  const full = Math.round(part * room)
  return `${percent} [${'█'.repeat(full)}${' '.repeat(room - full)}] ${text}`
}

const number = (value: number) => value.toLocaleString('en-US')

function time(seconds: number): string {
  const whole = Math.ceil(seconds)
  if (whole < 60) return `${whole} s`
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`
}
