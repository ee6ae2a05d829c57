import { isObject, type JsonObject, type JsonValue, writeJson } from '@sallyport/controls/json'
import { visible } from '@sallyport/controls/text'

const MAX_CHANGES = 12
const MAX_CHARS = 160

/**
 * What is different between two definitions, place by place, as lines for a person: everything of the server's is quoted and
 * made visible.
 *
 * @example definitionChanges({ description: 'Reads.' }, { description: 'Reads. And sends.' })
 * // ['/description was "Reads."', '/description is now "Reads. And sends."']
 */
export function definitionChanges(before: JsonObject, after: JsonObject): readonly string[] {
  const lines: string[] = []
  let more = 0
  const say = (at: string, was: JsonValue | undefined, is: JsonValue | undefined): void => {
    if (lines.length >= 2 * MAX_CHANGES) {
      more++
      return
    }
    const place = visible(at.slice(0, MAX_CHARS))
    lines.push(was === undefined ? `${place} was not there` : `${place} was ${shown(was)}`)
    lines.push(is === undefined ? `${place} is gone` : `${place} is now ${shown(is)}`)
  }
  const compare = (was: JsonValue | undefined, is: JsonValue | undefined, at: string): void => {
    if (isObject(was) && isObject(is)) {
      for (const key of new Set([...Object.keys(was), ...Object.keys(is)]))
        compare(was[key], is[key], `${at}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`)
    } else if (was === undefined || is === undefined || writeJson(was) !== writeJson(is)) say(at, was, is)
  }
  compare(before, after, '')
  return more === 0 ? lines : [...lines, `and ${more} more places`]
}

function shown(value: JsonValue): string {
  const text = visible(typeof value === 'string' ? JSON.stringify(value) : writeJson(value))
  return text.length <= MAX_CHARS ? text : `${text.slice(0, MAX_CHARS)}… (${text.length} characters)`
}
