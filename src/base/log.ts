/**
 * A log line is an event of a closed list with fields. Never bodies, subjects, passwords or what a client typed.
 * The composition root gives the real one (pino); tests use `silentLog`.
 */
export interface Log {
  debug(event: LogEvent, fields?: LogFields): void
  info(event: LogEvent, fields?: LogFields): void
  warn(event: LogEvent, fields?: LogFields): void
  error(event: LogEvent, fields?: LogFields): void
}

export type LogFields = Readonly<Record<string, unknown>>

export type LogEvent =
  | 'server.start'
  | 'server.ready'
  | 'server.drain'
  | 'server.stop'
  | 'config.reload'
  | 'tls.reload'
  | 'tls.error'
  | 'session.open'
  | 'session.close'
  | 'session.fault'
  | 'auth.ok'
  | 'auth.failed'
  | 'auth.throttled'
  | 'client.id'
  | 'delivery.done'
  | 'delivery.refused'
  | 'store.fault'
  | 'store.recovered'
  | 'store.maintenance'
  | 'http.fault'
  | 'index.done'
  | 'index.fault'

const nothing = () => {}
export const silentLog: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing }
