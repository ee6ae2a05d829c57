import type { Log, LogFields } from '../log.ts'

/**
 * The same log, with every text that goes into it made safe first.
 *
 * @example redactedLog(log, redactExact(['hunter22'])).warn('upstream.noise', { preview: 'pw hunter22' })
 */
export function redactedLog(log: Log, redact: (text: string) => string): Log {
  const clean = (fields: LogFields = {}): LogFields =>
    Object.fromEntries(
      Object.entries(fields).map(([name, value]) => [
        name,
        typeof value === 'string' ? redact(value) : value,
      ]),
    )
  return {
    debug: (event, fields) => log.debug(event, clean(fields)),
    info: (event, fields) => log.info(event, clean(fields)),
    warn: (event, fields) => log.warn(event, clean(fields)),
    error: (event, fields) => log.error(event, clean(fields)),
  }
}
