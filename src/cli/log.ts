/** The real log behind `Log`: pino, one JSON object a line. Every thread makes its own; lines of different threads do not mix. */

import { pino } from 'pino'
import type { Log, LogEvent, LogFields } from '#base/log.ts'
import { LogWriter } from './log-writer.ts'

/** Waiting lines are written this often at least. */
const FLUSH_MS = 250

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

export type LogOptions = {
  readonly level: LogLevel
  /** `stderr`, `stdout` or the path of a file, which is appended to. */
  readonly destination: string
  /** Which thread of the process speaks; 0 is the main one. */
  readonly thread: number
}

export interface OpenedLog extends Log {
  setLevel(level: LogLevel): void
  /** Writes what waits. */
  flush(): void
  /** Opens the file by its name again, after something else has moved it away. */
  reopen(): void
  /** Writes what waits and lets the file go. */
  close(): void
}

export function openLog({ level, destination, thread }: LogOptions): OpenedLog {
  const descriptor = destination === 'stdout' ? 1 : destination === 'stderr' ? 2 : null
  // Written by the thread itself: no crash of ours loses what was flushed.
  const stream = new LogWriter(descriptor ?? destination)
  const logger = pino(
    {
      level,
      base: { pid: process.pid, thread },
      timestamp: pino.stdTimeFunctions.isoTime,
      messageKey: 'event',
      formatters: { level: label => ({ level: label }) },
    },
    stream,
  )
  const flush = () => stream.flush()
  const timer = setInterval(flush, FLUSH_MS).unref()
  process.on('exit', flush)

  const write = (at: LogLevel) => (event: LogEvent, fields?: LogFields) => {
    if (!logger.isLevelEnabled(at)) return
    logger[at](fields === undefined ? {} : redact(fields), event)
    // What somebody may have to look into now does not wait.
    if (at === 'warn' || at === 'error') flush()
  }
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    setLevel(next) {
      logger.level = next
    },
    flush,
    reopen() {
      stream.reopen()
    },
    close() {
      clearInterval(timer)
      process.off('exit', flush)
      stream.close()
    },
  }
}

const secretName =
  /pass(?:word|phrase|wd)?$|secret|token|authorization|cookie|private_?key|credential_?secret|verifier/i
/** Deeper fields are not written: nothing that belongs in a log is that deep, and a circle would never end. */
const DEEPEST = 6

/** Fields whose name sounds like a secret, at any depth, lose their value; errors become plain data; octets only their number. */
export function redact(fields: LogFields): LogFields {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, clean(name, value, 0)]))
}

function clean(name: string, value: unknown, depth: number): unknown {
  if (secretName.test(name) && value !== null && value !== undefined && typeof value !== 'boolean') return '[redacted]'
  if (typeof value === 'bigint') return String(value)
  if (typeof value !== 'object' || value === null) return value
  if (depth === DEEPEST) return '[deep]'
  if (value instanceof Error) return errorFields(value, depth)
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} octets]`
  if (value instanceof Date) return value
  if (Array.isArray(value)) return value.map(each => clean(name, each, depth + 1))
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, clean(key, each, depth + 1)]))
}

function errorFields(error: Error, depth: number): unknown {
  const { name, message, stack, cause } = error
  const own = Object.fromEntries(Object.entries(error).map(([key, each]) => [key, clean(key, each, depth + 1)]))
  return { ...own, name, message, stack, ...(cause === undefined ? {} : { cause: clean('cause', cause, depth + 1) }) }
}
