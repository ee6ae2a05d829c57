import { isObject, type JsonValue } from '@sallyport/controls/json'
import { visible } from '@sallyport/controls/text'

const MAX_CHARS = 200

/**
 * What a server says it is, out of its own information: `name@version`, or the name alone. Its own words, so shown and
 * written down in visible characters.
 *
 * @example saidVersion({ name: 'files-server', version: '1.2.0' }) // 'files-server@1.2.0'
 */
export function saidVersion(info: JsonValue | undefined): string | undefined {
  if (!isObject(info) || typeof info.name !== 'string') return undefined
  const version = typeof info.version === 'string' ? `@${info.version}` : ''
  return visible(`${info.name}${version}`).slice(0, MAX_CHARS)
}
