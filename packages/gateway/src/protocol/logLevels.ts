import type { JsonValue } from '@sallyport/controls/json'

/** The eight levels of MCP logging (RFC 5424), the most talkative first. */
export const LOG_LEVELS = [
  'debug',
  'info',
  'notice',
  'warning',
  'error',
  'critical',
  'alert',
  'emergency',
] as const

export type LogLevelName = (typeof LOG_LEVELS)[number]

/** @example isLogLevel('warn') // false: the protocol's word is "warning" */
export function isLogLevel(value: JsonValue | undefined): value is LogLevelName {
  return typeof value === 'string' && (LOG_LEVELS as readonly string[]).includes(value)
}

/**
 * May a log message of `level` reach a client that asked for `asked`? What is no level is below all of them.
 *
 * @example levelAllows('warning', 'error') // true
 */
export function levelAllows(asked: LogLevelName, level: JsonValue | undefined): boolean {
  return isLogLevel(level) && LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(asked)
}
