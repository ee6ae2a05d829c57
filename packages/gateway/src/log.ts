/**
 * The gateway's own log: events with fields, one line each, on standard error. Never a message's content.
 *
 * A client's `logging/setLevel` never reaches this log: it belongs to the operator.
 */
import { visible } from '@sallyport/controls/text'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>

export interface Log {
  debug(event: string, fields?: LogFields): void
  info(event: string, fields?: LogFields): void
  warn(event: string, fields?: LogFields): void
  error(event: string, fields?: LogFields): void
}

export interface LogOptions {
  readonly level: LogLevel
  readonly format: 'json' | 'human'
  readonly write: (line: string) => void
  readonly now: () => Date
}

const ORDER: Record<LogLevel, number> = { debug: 0, info: 1, warn: 2, error: 3 }

/**
 * Makes a log.
 *
 * @example
 * const log = makeLog({ level: 'info', format: 'human', write: (l) => process.stderr.write(l), now: () => new Date() })
 * log.info('server.started', { server: 'files', pid: 4711 })
 */
export function makeLog(options: LogOptions): Log {
  const emit = (level: LogLevel, event: string, fields: LogFields = {}) => {
    if (ORDER[level] < ORDER[options.level]) return
    const time = options.now().toISOString()
    const clean: Record<string, unknown> = {}
    for (const [key, value] of Object.entries(fields)) {
      if (value !== undefined) clean[key] = typeof value === 'string' ? visible(value) : value
    }
    if (options.format === 'json') {
      options.write(`${JSON.stringify({ time, level, event, ...clean })}\n`)
      return
    }
    const text = Object.entries(clean).map(([key, value]) => `${key}=${quote(value)}`)
    options.write(`${time.slice(11, 23)} ${level.padEnd(5)} ${[event, ...text].join(' ')}\n`)
  }
  return {
    debug: (event, fields) => emit('debug', event, fields),
    info: (event, fields) => emit('info', event, fields),
    warn: (event, fields) => emit('warn', event, fields),
    error: (event, fields) => emit('error', event, fields),
  }
}

function quote(value: unknown): string {
  const text = String(value)
  return /^[\w./:@+-]+$/.test(text) ? text : JSON.stringify(text)
}

/** A log that keeps nothing, for tests and one-off commands. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} }
